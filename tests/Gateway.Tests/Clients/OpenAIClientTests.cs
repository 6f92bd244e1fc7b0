using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Clients;

public class OpenAIClientTests
{
    [Fact]
    public async Task CompleteChat_WithAndWithoutGateway_SameBytesAndSameAnswer()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var direct = await Client(new Uri(upstream.Url)).CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(Samples.ChatRequest)), null);
        var through = await Client(gateway.Url).CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(Samples.ChatRequest)), null);

        Assert.Equal(direct.GetRawResponse().Content.ToArray(), through.GetRawResponse().Content.ToArray());
        Assert.Equal(upstream.Requests.First().Body, upstream.Requests.Last().Body);
        var typed = (await Client(gateway.Url).CompleteChatAsync([new UserChatMessage("Grüße? 👋")])).Value;
        Assert.Equal(Samples.Answer, typed.Content[0].Text);
        Assert.Equal(2, typed.ContentTokenLogProbabilities.Count);
    }

    [Fact]
    public async Task CompleteChatStreaming_WithAndWithoutGateway_SameBytesAndSameAnswer()
    {
        await using var upstream = new ScriptedUpstream(SendStreamInOddPiecesAsync);
        await using var gateway = await TestGateway.StartAsync(upstream);

        Assert.Equal(await ReadRawAsync(new Uri(upstream.Url)), await ReadRawAsync(gateway.Url));
        Assert.Equal(Samples.Answer, await ReadTextAsync(Client(gateway.Url), "Grüße? 👋"));
        var recorded = (await gateway.StopAndReadAsync())[0];
        Assert.Equal((Samples.Answer, TerminalState.Complete, "stop"), (recorded.Response, recorded.State, recorded.FinishReason));
        Assert.Equal(new Usage(5, 2, 7), recorded.Usage);
        Assert.Equal("Grüße", Assert.Single(recorded.Logprobs!).Token);
    }

    [Fact]
    public async Task CompleteChatStreaming_HundredAtOnce_EachGetsItsOwnAndAllAreRecorded()
    {
        await using var upstream = new ScriptedUpstream(async request =>
        {
            // The answer is the request's own prompt, so that a mix-up would show.
            var prompt = request.BodyText.Split("prompt-")[1][..3];
            await request.BeginStreamAsync();
            foreach (var digit in prompt)
            {
                await request.SendChunkAsync(Samples.Delta(digit.ToString()));
            }

            await request.SendChunkAsync(Samples.Delta("", "stop") + "data: [DONE]\n\n");
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        var client = Client(gateway.Url);

        var answers = await Task.WhenAll(Enumerable.Range(100, 100).Select(i => ReadTextAsync(client, $"prompt-{i}")));

        Assert.Equal(Enumerable.Range(100, 100).Select(i => $"{i}"), answers);
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal(100, exchanges.Count);
        Assert.All(exchanges, e => Assert.Equal((TerminalState.Complete, e.Prompt), (e.State, "prompt-" + e.Response)));
        TestGateway.AssertAllRecorded(100, gateway.Server.Counts);
    }

    [Fact]
    public async Task CompleteChatStreaming_ClientLeaves_ClientAbort()
    {
        var gone = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("enough"));
            await request.GatewayGoneAsync();
            gone.SetResult();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        await foreach (var update in Client(gateway.Url).CompleteChatStreamingAsync([new UserChatMessage("hi")]))
        {
            Assert.Equal("enough", update.ContentUpdate[0].Text);
            break;
        }

        await gone.Task;
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.ClientAbort, "enough"), (exchange.State, exchange.Response));
    }

    [Fact]
    public async Task CompleteChatStreaming_UpstreamBreaks_ClientSeesItAndStateIsUpstreamAbort()
    {
        var read = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(Samples.Delta("half"));
            await read.Task;
            request.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var update in Client(gateway.Url).CompleteChatStreamingAsync([new UserChatMessage("hi")]))
            {
                read.TrySetResult();
            }
        });

        // Recorded before the client learned of the break: no need to stop the gateway first.
        Assert.Equal(0, gateway.Server.Counts.InFlight);
        Assert.Equal(TerminalState.UpstreamAbort, (await gateway.StopAndReadOneAsync()).State);
    }

    [Fact]
    public async Task CompleteChat_UpstreamDown_ClientReadsTheError()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        var error = await Assert.ThrowsAsync<ClientResultException>(() => Client(gateway.Url).CompleteChatAsync([new UserChatMessage("hi")]));

        Assert.Equal(502, error.Status);
        Assert.Contains("Tda gateway", error.Message, StringComparison.Ordinal);
    }

    private static ChatClient Client(Uri url) => new("m-1", new ApiKeyCredential("k"), new OpenAIClientOptions
    {
        Endpoint = new Uri(url, "/v1"),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    });

    private static async Task<string> ReadTextAsync(ChatClient client, string prompt)
    {
        var text = "";
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage(prompt)]))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        return text;
    }

    private static async Task<byte[]> ReadRawAsync(Uri url)
    {
        var result = await Client(url).CompleteChatAsync(
            BinaryContent.Create(BinaryData.FromString(Samples.StreamRequest)), new RequestOptions { BufferResponse = false });
        var bytes = new MemoryStream();
        await result.GetRawResponse().ContentStream!.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task SendStreamInOddPiecesAsync(UpstreamRequest request)
    {
        // Seven bytes at a time: inside lines, inside the marker, inside characters.
        var bytes = System.Text.Encoding.UTF8.GetBytes(Samples.ChatStream);
        await request.BeginStreamAsync();
        for (var i = 0; i < bytes.Length; i += 7)
        {
            await request.SendChunkAsync(bytes.AsMemory(i, Math.Min(7, bytes.Length - i)));
        }

        await request.EndChunksAsync();
    }
}
