using Tda.Lab.Generation;
using Tda.Lab.Models;
using Tda.Lab.Tests.Support;

namespace Tda.Lab.Tests.Serving;

/// <summary><c>echo</c> with <c>logprobs</c>: how likely a model finds a text that it is given.</summary>
public class EchoTests
{
    private const string Path = "v1/completions";
    private const string Prompt = "Say né";

    [Fact]
    public async Task Post_EchoWithoutNewTokens_TellsEveryTokensProbabilityAsTheModelHasIt()
    {
        var model = FunctionModel.Bigram(4);
        await using var served = await Served.StartAsync(model);

        var answer = await served.PostAsync(Path, new { model = "closed-1", prompt = Prompt, echo = true, logprobs = 2, max_tokens = 0 });

        var choice = answer.GetProperty("choices")[0];
        Assert.Equal((Prompt, "length"), (choice.GetProperty("text").GetString(), choice.GetProperty("finish_reason").GetString()));
        Assert.Equal(0, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        var logprobs = choice.GetProperty("logprobs");
        int[] tokens = [model.Tokenizer.BosId, .. model.Tokenizer.Encode(Prompt)];
        var told = logprobs.GetProperty("token_logprobs").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(tokens.Length - 1, told.Length);
        Assert.All(told, (logprob, i) => Assert.Equal(Reference(model, tokens, i + 1), logprob, 1e-3));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], logprobs.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32()));
        Assert.All(logprobs.GetProperty("top_logprobs").EnumerateArray(), top => Assert.InRange(top.EnumerateObject().Count(), 2, 3));
    }

    [Fact]
    public async Task Post_EchoWithNewTokens_IsThePromptAndTheSameCompletion()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(4));
        async Task<JsonElement[]> Post(bool echo) => [.. (await served.PostAsync(
            Path, new { model = "closed-1", prompt = new[] { "ab", "cde" }, n = 2, echo, logprobs = 0, max_tokens = 6, seed = 3 })).GetProperty("choices").EnumerateArray()];
        var (with, without) = (await Post(true), await Post(false));

        string[] prompts = ["ab", "ab", "cde", "cde"];
        Assert.Equal(prompts.Zip(without, (prompt, choice) => prompt + choice.GetProperty("text").GetString()), with.Select(choice => choice.GetProperty("text").GetString()));
        foreach (var (prompt, echoed, plain) in prompts.Zip(with, without))
        {
            double[] Logprobs(JsonElement choice) => [.. choice.GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Select(value => value.GetDouble())];
            Assert.Equal(Logprobs(plain), Logprobs(echoed).Skip(prompt.Length));
        }
    }

    [Fact]
    public async Task Post_EchoStreamed_EqualsPlain()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(6));
        object Body(bool stream) => new { model = "closed-1", prompt = "Say", seed = 1, max_tokens = 9, echo = true, logprobs = 1, stream };
        var plain = (await served.PostAsync(Path, Body(false))).GetProperty("choices")[0];
        var chunks = (await served.StreamAsync(Path, Body(true))).Select(e => e.GetProperty("choices")[0]).ToArray();

        Assert.Equal(plain.GetProperty("text").GetString(), string.Concat(chunks.Select(chunk => chunk.GetProperty("text").GetString())));
        Assert.Equal(
            plain.GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Select(value => value.GetRawText()),
            chunks.Where(chunk => chunk.GetProperty("logprobs").ValueKind == JsonValueKind.Object)
                .SelectMany(chunk => chunk.GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Select(value => value.GetRawText())));
    }

    /// <summary>The echo and the perplexity that is measured without a server are one number, but for the end of the text.</summary>
    [Fact]
    public async Task Post_EchoOfARealModel_IsItsPerplexityWithoutTheEnd()
    {
        using var model = TinyModels.Fresh();
        await using var served = await Served.StartAsync(model);
        const string text = "the cat sat on the mat";

        var answer = await served.PostAsync(Path, new { model = "closed-1", prompt = text, echo = true, logprobs = 0, max_tokens = 0 });

        int[] tokens = [model.Tokenizer.BosId, .. model.Tokenizer.Encode(text), model.Tokenizer.EosId];
        var nats = -answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Sum(value => value.GetDouble());
        Assert.Equal(Perplexity.Measure(model.Model, model.Tokenizer, [text]).Nats, nats - Reference(model, tokens, tokens.Length - 1), 3);
    }

    /// <summary>log softmax of the logits before a token, in the plainest way.</summary>
    private static double Reference(ITextModel model, int[] tokens, int at)
    {
        var all = model.Logits(tokens);
        var row = all.AsSpan((at - 1) * model.VocabularySize, model.VocabularySize).ToArray();
        return row[tokens[at]] - Math.Log(row.Sum(logit => Math.Exp(logit)));
    }
}
