using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;
using Tda.Gateway.Tests.Support;

using ChatMessage = OpenAI.Chat.ChatMessage;

namespace Tda.Gateway.Tests.Clients;

/// <summary>The official .NET client's other calls, each once directly and once through the gateway.</summary>
public class OpenAIClientCallsTests
{
    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool("weather");

    [Fact]
    public async Task EveryCall_WithAndWithoutGateway_SameResults()
    {
        await using var upstream = SdkUpstream.OpenAI();
        await using var gateway = await TestGateway.StartAsync(upstream);

        var direct = await CallAllAsync(new Uri(upstream.Url));
        var through = await CallAllAsync(gateway.Url);

        Assert.Equal(direct, through);
        Assert.Contains("weather({\"city\":\"Köln\"})", direct["tools"], StringComparison.Ordinal);
        Assert.Equal(direct["tools"], direct["streamed tools"]);
        Assert.Equal("Grüße -0.25: Grüße -0.25, Hallo -1.5", direct["logprobs"]);
        Assert.StartsWith("400 ", direct["bad request"], StringComparison.Ordinal);
        Assert.StartsWith("429 ", direct["rate limited"], StringComparison.Ordinal);
        Assert.Equal(direct.Count, (await gateway.StopAndReadAsync()).Count);
    }

    private static async Task<Dictionary<string, string>> CallAllAsync(Uri url)
    {
        var client = new OpenAIClient(new ApiKeyCredential("sk-test"), new OpenAIClientOptions
        {
            Endpoint = new Uri(url, "/v1"),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        });
        ChatMessage[] messages = [new SystemChatMessage("Be kind."), new UserChatMessage("Grüße? 👋")];
        ChatCompletion tools = await client.GetChatClient("tools").CompleteChatAsync(messages, new ChatCompletionOptions { Tools = { Weather } });
        ChatCompletion logprobs = await client.GetChatClient("logprobs").CompleteChatAsync(
            messages, new ChatCompletionOptions { IncludeLogProbabilities = true, TopLogProbabilityCount = 2 });
        OpenAIEmbedding embedding = await client.GetEmbeddingClient("embedding").GenerateEmbeddingAsync("Grüße");
        OpenAIModelCollection models = await client.GetOpenAIModelClient().GetModelsAsync();
        return new()
        {
            ["tools"] = string.Join(", ", tools.ToolCalls.Select(call => $"{call.Id} {call.FunctionName}({call.FunctionArguments})")),
            ["streamed tools"] = await StreamToolsAsync(client.GetChatClient("tools"), messages),
            ["logprobs"] = string.Join("; ", logprobs.ContentTokenLogProbabilities.Select(token => FormattableString.Invariant(
                $"{token.Token} {token.LogProbability}: {string.Join(", ", token.TopLogProbabilities.Select(top => FormattableString.Invariant($"{top.Token} {top.LogProbability}")))}"))),
            ["embedding"] = string.Join(' ', embedding.ToFloats().ToArray()),
            ["models"] = string.Join(' ', models.Select(model => model.Id)),
            ["bad request"] = await FailureAsync(client.GetChatClient("status-400"), messages),
            ["rate limited"] = await FailureAsync(client.GetChatClient("status-429"), messages),
            ["server error"] = await FailureAsync(client.GetChatClient("status-500"), messages),
        };
    }

    private static async Task<string> StreamToolsAsync(ChatClient client, ChatMessage[] messages)
    {
        var (id, name, arguments) = ("", "", "");
        await foreach (var update in client.CompleteChatStreamingAsync(messages, new ChatCompletionOptions { Tools = { Weather } }))
        {
            foreach (var call in update.ToolCallUpdates)
            {
                id += call.ToolCallId;
                name += call.FunctionName;
                arguments += call.FunctionArgumentsUpdate;
            }
        }

        return $"{id} {name}({arguments})";
    }

    private static async Task<string> FailureAsync(ChatClient client, ChatMessage[] messages)
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.CompleteChatAsync(messages));
        return $"{error.Status} {error.Message} {error.GetRawResponse()!.Headers.TryGetValue("retry-after", out var after)} {after}";
    }
}
