using Tda.Lab.Generation;
using Tda.Lab.Tests.Support;

namespace Tda.Lab.Tests.Serving;

public class CompletionsTests
{
    private const string Path = "v1/completions";

    [Fact]
    public async Task Post_ArrayOfPromptsAndN_NumbersChoicesByPromptThenChoice()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        var both = await served.PostAsync(Path, new { model = "closed-1", prompt = new[] { "ab", "cde" }, n = 3, seed = 5, max_tokens = 8 });
        var texts = both.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()).ToArray();
        Assert.Equal(6, texts.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 6), both.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(3 + 4, both.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(6 * 8, both.GetProperty("usage").GetProperty("completion_tokens").GetInt32());

        var first = await served.PostAsync(Path, new { model = "closed-1", prompt = "ab", n = 3, seed = 5, max_tokens = 8 });
        Assert.Equal(texts[..3], first.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Post_SameSeedsAsSampler_GiveTheSameTexts()
    {
        var model = FunctionModel.Bigram(3);
        await using var served = await Served.StartAsync(model);
        string[] prompts = ["one", "two two", "three"];
        var answer = await served.PostAsync(Path, new { model = "closed-1", prompt = prompts, n = 2, seed = 11, max_tokens = 30, temperature = 0.8, top_p = 0.9 });
        var sampled = Sampler.Generate(
            model, prompts,
            new SamplerOptions { Choices = 2, Seed = 11, BatchSize = 4, Sampling = new SamplingSettings { MaxTokens = 30, Temperature = 0.8, TopP = 0.9 } },
            NullProgress.Instance, default);
        Assert.Equal(sampled.Select(s => s.Text), answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("e")]
    public async Task Post_Streamed_EqualsPlain(string? stop)
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(6));
        object Body(bool stream) => stop is null
            ? new { model = "closed-1", prompt = "Say", n = 2, seed = 1, max_tokens = 50, logprobs = 2, stream }
            : new { model = "closed-1", prompt = "Say", n = 2, seed = 1, max_tokens = 50, logprobs = 2, stream, stop };
        var plain = (await served.PostAsync(Path, Body(false))).GetProperty("choices").EnumerateArray().ToArray();
        var events = await served.StreamAsync(Path, Body(true));
        Assert.All(events, e => Assert.False(e.TryGetProperty("usage", out _)));
        for (var index = 0; index < 2; index++)
        {
            var chunks = events.Select(e => e.GetProperty("choices")[0]).Where(c => c.GetProperty("index").GetInt32() == index).ToArray();
            Assert.Equal(plain[index].GetProperty("text").GetString(), string.Concat(chunks.Select(c => c.GetProperty("text").GetString())));
            Assert.Equal(plain[index].GetProperty("finish_reason").GetString(), chunks[^1].GetProperty("finish_reason").GetString());
            Assert.All(chunks[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("finish_reason").ValueKind));
            foreach (var list in new[] { "tokens", "token_logprobs", "top_logprobs", "text_offset" })
            {
                Assert.Equal(
                    plain[index].GetProperty("logprobs").GetProperty(list).EnumerateArray().Select(e => e.GetRawText()),
                    chunks.Where(c => c.GetProperty("logprobs").ValueKind == JsonValueKind.Object)
                        .SelectMany(c => c.GetProperty("logprobs").GetProperty(list).EnumerateArray().Select(e => e.GetRawText())));
            }
        }
    }

    [Fact]
    public async Task Post_StreamWithIncludeUsage_EndsWithUsageAndNoChoices()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        var events = await served.StreamAsync(
            Path, new { model = "closed-1", prompt = "a", max_tokens = 5, stream = true, stream_options = new { include_usage = true } });
        Assert.All(events.SkipLast(1), e => Assert.Equal(JsonValueKind.Null, e.GetProperty("usage").ValueKind));
        Assert.Equal(0, events[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(5, events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_CharactersSplitOverTokens_ArriveWhole()
    {
        var tokenizer = new PieceTokenizer();
        var ids = tokenizer.Encode("né 漢字 😀!");
        await using var served = await Served.StartAsync(FunctionModel.Script(tokenizer, 2, ids));
        var events = await served.StreamAsync(Path, new { model = "closed-1", prompt = "x", max_tokens = 100, stream = true, logprobs = 0 });
        var choices = events.Select(e => e.GetProperty("choices")[0]).ToArray();
        Assert.Equal("né 漢字 😀!", string.Concat(choices.Select(c => c.GetProperty("text").GetString())));
        Assert.DoesNotContain(choices, c => c.GetProperty("text").GetString()!.Contains('\uFFFD'));
        Assert.Equal(ids.Length, choices.Where(c => c.GetProperty("logprobs").ValueKind == JsonValueKind.Object)
            .Sum(c => c.GetProperty("logprobs").GetProperty("tokens").GetArrayLength()));
        Assert.Equal("stop", choices[^1].GetProperty("finish_reason").GetString());

        var plain = (await served.PostAsync(Path, new { model = "closed-1", prompt = "x", max_tokens = 100, logprobs = 1 })).GetProperty("choices")[0];
        Assert.Equal("bytes:\\xc3", plain.GetProperty("logprobs").GetProperty("tokens")[1].GetString());
        Assert.Equal([1, 2, 3, 3, 4], plain.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray().Take(5).Select(o => o.GetInt32()));
    }

    [Fact]
    public async Task Post_PromptFillsContext_LengthThenContextError()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1, contextLength: 10, eosBias: -100));
        var fits = await served.PostAsync(Path, new { model = "closed-1", prompt = "12345678", max_tokens = 50 });
        Assert.Equal(1, fits.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("length", fits.GetProperty("choices")[0].GetProperty("finish_reason").GetString());

        using var response = await served.Http.PostAsync(
            Path, new StringContent("""{"model":"closed-1","prompt":"123456789"}""", Encoding.UTF8, "application/json"));
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Contains("10 tokens", error.GetProperty("message").GetString());
        Assert.Equal("prompt", error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Post_NoSeed_AnswersDiffer()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => served.PostAsync(Path, new { model = "closed-1", prompt = "a" })));
        Assert.Equal(4, answers.Select(a => a.GetProperty("choices")[0].GetProperty("text").GetString()).Distinct().Count());
        Assert.Equal(4, answers.Select(a => a.GetProperty("id").GetString()).Distinct().Count());
    }
}
