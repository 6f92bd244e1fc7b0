using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Faults;

/// <summary>Answers that are shorter or longer than they say, and ones that break off.</summary>
public class WrongLengthTests
{
    [Theory]
    [InlineData("Content-Length: 5000\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1388\r\n")]
    public async Task Post_UpstreamClosesBeforeTheEnd_ClientSeesItsConnectionBreakAndWhatCameIsRecorded(string framing)
    {
        var came = Encoding.UTF8.GetBytes("{\"choices\":[" + new string(' ', 2000));
        var (answer, exchange) = await OneCall.RunAsync(
            async request =>
            {
                await request.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + framing);
                await request.SendAsync(came);
                request.Close();
            },
            request: Samples.ChatRequest);

        Assert.False(answer.Whole);
        OneCall.AssertRecorded(came, exchange.ResponseBody);
        Assert.Equal((TerminalState.UpstreamAbort, 200, "the upstream broke off inside the answer"), (exchange.State, exchange.Status!.Value, exchange.Failure));
        Assert.NotNull(exchange.ParseError);
    }

    [Fact]
    public async Task Post_UpstreamResetsAfterTheClientHasSome_SameBytesInTheRecord()
    {
        var read = new TaskCompletionSource();
        var half = Encoding.UTF8.GetBytes(Samples.Delta("half of it"));
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            await request.SendChunkAsync(half);
            await read.Task;
            request.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        await client.SendPostAsync("/v1/chat/completions", Samples.StreamRequest);
        var head = await client.ReadUntilAsync("half of it");
        read.SetResult();
        var answer = WireAnswer.Of([.. Encoding.UTF8.GetBytes(head), .. await client.ReadBytesToEndAsync()]);

        Assert.Equal((false, 0), (answer.Whole, gateway.Server.Counts.InFlight));
        var exchange = await gateway.StopAndReadOneAsync();
        OneCall.AssertRecorded(half, exchange.ResponseBody);
        Assert.Equal((TerminalState.UpstreamAbort, "half of it"), (exchange.State, exchange.Response));
        TestGateway.AssertAllRecorded(1, gateway.Server.Counts);
    }

    [Fact]
    public async Task Post_UpstreamSendsMoreThanItsLength_CutThereAndTheRestReachesNobody()
    {
        var answers = 0;
        await using var upstream = new ScriptedUpstream(request => request.SendAsync(Interlocked.Increment(ref answers) == 1
            ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"a\": 1}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
            : Samples.Json("{\"b\": 2}")));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var client = await RawClient.ConnectAsync(gateway.Url);

        // Over one connection: the surplus would be taken for the next answer.
        await client.SendPostAsync("/v1/embeddings", "{\"n\":1}");
        await client.ReadUntilAsync("{\"a\": 1}");
        await client.SendPostAsync("/v1/embeddings", "{\"n\":2}", "Connection: close\r\n");
        var second = WireAnswer.Of(await client.ReadBytesToEndAsync());

        Assert.Equal("{\"b\": 2}", Encoding.UTF8.GetString(second.Body));
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal(["{\"a\": 1}", "{\"b\": 2}"], exchanges.Select(exchange => Encoding.UTF8.GetString(exchange.ResponseBody.Bytes)));
        Assert.All(exchanges, exchange => Assert.Equal(TerminalState.Complete, exchange.State));
        TestGateway.AssertAllRecorded(2, gateway.Server.Counts);
    }
}
