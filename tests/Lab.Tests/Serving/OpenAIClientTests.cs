using System.ClientModel;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using Tda.Lab.Tests.Support;

using ChatMessage = OpenAI.Chat.ChatMessage;

namespace Tda.Lab.Tests.Serving;

/// <summary>The official OpenAI .NET client, unchanged, against the lab's server.</summary>
public class OpenAIClientTests
{
    [Fact]
    public async Task CompleteChat_Plain_GivesTextUsageAndFingerprint()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        ChatCompletion answer = await Chat(served).CompleteChatAsync(
            [new UserChatMessage("Hello")], new ChatCompletionOptions { MaxOutputTokenCount = 12, Temperature = 0.9f });
        Assert.Equal(12, answer.Content[0].Text.Length);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(12, answer.Usage.OutputTokenCount);
        Assert.Equal(1 + "Hello".Length, answer.Usage.InputTokenCount);
        Assert.Equal("closed-1", answer.Model);
        Assert.StartsWith("chatcmpl-", answer.Id);
    }

    [Fact]
    public async Task CompleteChatStreaming_SameSeed_EqualsPlainWithLogprobs()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(2));
        var chat = Chat(served);
        for (var seed = 0; seed < 5; seed++)
        {
            var options = new ChatCompletionOptions { MaxOutputTokenCount = 40, TopP = 0.95f, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 };
#pragma warning disable OPENAI001 // the seed is marked as subject to change
            options.Seed = seed;
#pragma warning restore OPENAI001
            ChatMessage[] messages = [new SystemChatMessage("Be brief."), new UserChatMessage("Go on")];
            ChatCompletion plain = await chat.CompleteChatAsync(messages, options);

            var text = new StringBuilder();
            var logprobs = new List<ChatTokenLogProbabilityDetails>();
            ChatFinishReason? finish = null;
            ChatTokenUsage? usage = null;
            await foreach (var update in chat.CompleteChatStreamingAsync(messages, options))
            {
                text.Append(string.Concat(update.ContentUpdate.Select(c => c.Text)));
                logprobs.AddRange(update.ContentTokenLogProbabilities);
                finish = update.FinishReason ?? finish;
                usage = update.Usage ?? usage;
            }

            Assert.Equal(plain.Content[0].Text, text.ToString());
            Assert.Equal(plain.FinishReason, finish);
            Assert.Equal(plain.Usage.OutputTokenCount, usage!.OutputTokenCount);
            Assert.Equal(plain.ContentTokenLogProbabilities.Count, logprobs.Count);
            Assert.Equal(plain.ContentTokenLogProbabilities.Sum(t => t.LogProbability), logprobs.Sum(t => t.LogProbability), 4);
            Assert.Equal(plain.Content[0].Text, string.Concat(logprobs.Select(t => t.Token)));
            Assert.All(logprobs, t => Assert.Equal(3, t.TopLogProbabilities.Count));
            Assert.All(logprobs, t => Assert.Equal(Encoding.UTF8.GetBytes(t.Token), t.Utf8Bytes!.Value.ToArray()));
        }
    }

    [Fact]
    public async Task CompleteChat_Stop_EndsBeforeIt()
    {
        var tokenizer = new PieceTokenizer("wor", "ld!");
        var model = FunctionModel.Script(tokenizer, 3, tokenizer.Encode("Hello, world! More"));
        await using var served = await Served.StartAsync(model);
        var options = new ChatCompletionOptions { StopSequences = { "rld" } };
        ChatCompletion answer = await Chat(served).CompleteChatAsync([new UserChatMessage("Hi")], options);
        Assert.Equal("Hello, wo", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task CompleteChat_UnknownModel_Throws404WithTheServersMessage()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        var client = new ChatClient("gpt-9", new ApiKeyCredential("k"), new OpenAIClientOptions { Endpoint = served.Api });
        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync([new UserChatMessage("Hi")]));
        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message);
        Assert.Contains("'gpt-9' does not exist", error.Message);
    }

    [Fact]
    public async Task CompleteChat_WrongKey_Throws401_RightKeyPasses()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1), o => o with { ApiKey = "sk-right" });
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Chat(served, "sk-wrong").CompleteChatAsync([new UserChatMessage("Hi")]));
        Assert.Equal(401, error.Status);
        Assert.DoesNotContain("sk-", error.Message);
        ChatCompletion answer = await Chat(served, "sk-right").CompleteChatAsync(
            [new UserChatMessage("Hi")], new ChatCompletionOptions { MaxOutputTokenCount = 1 });
        Assert.Single(answer.Content);
    }

    [Fact]
    public async Task GetModels_Served_ListsTheModel()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        var models = new OpenAIModelClient(new ApiKeyCredential("k"), new OpenAIClientOptions { Endpoint = served.Api });
        OpenAIModelCollection all = await models.GetModelsAsync();
        Assert.Equal("closed-1", Assert.Single(all).Id);
        OpenAIModel one = await models.GetModelAsync("closed-1");
        Assert.Equal("tda-lab", one.OwnedBy);
    }

    [Fact]
    public async Task CompleteChat_ManyAtOnce_ShareBatchesAndEqualThemselvesAlone()
    {
        var model = FunctionModel.Bigram(4, eosBias: 3);
        await using var served = await Served.StartAsync(model, o => o with { MaxBatch = 16 });
        var chat = Chat(served);
        async Task<string> AskAsync(int seed)
        {
            var options = new ChatCompletionOptions { MaxOutputTokenCount = 60 };
#pragma warning disable OPENAI001
            options.Seed = seed;
#pragma warning restore OPENAI001
            ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage($"Question {seed}")], options);
            return answer.Content[0].Text;
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 100).Select(AskAsync));
        Assert.InRange(model.WidestBatch, 2, 16);
        for (var seed = 0; seed < 100; seed += 9)
        {
            Assert.Equal(await AskAsync(seed), together[seed]);
        }
    }

    private static ChatClient Chat(Served served, string key = "k") =>
        new(Served.Model, new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = served.Api });
}
