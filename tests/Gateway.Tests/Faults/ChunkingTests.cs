using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Streams in unusual pieces.</summary>
public class ChunkingTests
{
    private static readonly string End = Samples.Delta("", "stop") + "data: [DONE]\n\n";

    [Fact]
    public async Task Post_StreamTrickling_EachByteReachesTheClientBeforeTheNextIsSent()
    {
        // Characters of two and four bytes among them: what waited for a whole one would wait for ever.
        var bytes = Encoding.UTF8.GetBytes(Samples.Delta("Grüße 👋"));
        using var turn = new SemaphoreSlim(0);
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            foreach (var one in bytes)
            {
                await turn.WaitAsync();
                await request.SendChunkAsync(new[] { one });
            }

            await turn.WaitAsync();
            await request.SendChunkAsync(End);
            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        await client.ReadUntilAsync("\r\n\r\n");
        foreach (var one in bytes)
        {
            turn.Release();
            byte[] chunk = [.. "1\r\n"u8, one, .. "\r\n"u8];
            Assert.Equal(chunk, await client.ReadCountAsync(chunk.Length));
        }

        turn.Release();
        await client.ReadUntilAsync("[DONE]\n\n");
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((TerminalState.Complete, "Grüße 👋", null), (exchange.State, exchange.Response, exchange.ParseError));
        OneCall.AssertRecorded([.. bytes, .. Encoding.UTF8.GetBytes(End)], exchange.ResponseBody);
    }

    [Fact]
    public async Task Post_TenThousandTinyChunks_AllOfThemInOrder()
    {
        List<string> words = [.. Enumerable.Range(0, 10_000).Select(i => FormattableString.Invariant($"w{i} "))];
        List<string> events = [.. words.Select(word => Samples.Delta(word)), End];
        var (answer, exchange) = await OneCall.RunAsync(async request =>
        {
            await request.BeginStreamAsync();
            foreach (var one in events)
            {
                await request.SendChunkAsync(one);
            }

            await request.EndChunksAsync();
        });

        var expected = Encoding.UTF8.GetBytes(string.Concat(events));
        Assert.True(answer.Whole);
        Assert.True(expected.AsSpan().SequenceEqual(answer.Body));
        OneCall.AssertRecorded(expected, exchange.ResponseBody);
        Assert.Equal((TerminalState.Complete, string.Concat(words)), (exchange.State, exchange.Response));
    }

    [Fact]
    public async Task Post_OneHugeLine_PassesAndIsParsed()
    {
        var text = string.Concat(Enumerable.Repeat("a line of words, ", 300_000));
        var stream = Encoding.UTF8.GetBytes(Samples.Delta(text) + End);
        var (answer, exchange) = await OneCall.RunAsync(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(stream);
            await request.EndChunksAsync();
        });

        Assert.True(answer.Whole);
        Assert.True(stream.AsSpan().SequenceEqual(answer.Body));
        OneCall.AssertRecorded(stream, exchange.ResponseBody);
        Assert.Equal((TerminalState.Complete, null), (exchange.State, exchange.ParseError));
        Assert.True(text == exchange.Response, "the parsed text is another");
    }
}
