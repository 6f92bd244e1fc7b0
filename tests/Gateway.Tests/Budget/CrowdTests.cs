using System.Security.Cryptography;
using Tda.Gateway.Tests.Faults;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Budget;

/// <summary>Many clients at once whose bodies are more than there is memory for.</summary>
public class CrowdTests
{
    private const int Clients = 60;
    private const string Chat = "/v1/chat/completions";
    private const string Mail = "john.doe@example.com";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Post_SixtyLargeBodiesAndASmallBudget_AllForwardedAndTheBudgetHolds()
    {
        var bodies = Enumerable.Range(0, Clients).Select(i => Body(i, 2 << 20)).ToList();
        await using var upstream = new CountingUpstream();
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxMemoryBytes = 32 << 20 });
        long most = 0;

        var posts = Task.WhenAll(bodies.Select(body => Task.Run(() => WireAnswer.PostAsync(gateway.Url, Chat, body))));
        while (!posts.IsCompleted)
        {
            most = Math.Max(most, gateway.Server.Health.MemoryBytes);
            await Task.WhenAny(posts, Task.Delay(1));
        }

        Assert.All(await posts, answer => Assert.Equal(Samples.Chat, Encoding.UTF8.GetString(answer.Body)));
        await gateway.Server.DrainedAsync();
        TestGateway.AssertAllRecorded(Clients, gateway.Server.Counts);
        var health = gateway.Server.Health;
        Assert.Equal((0, 32 << 20, Clients), (health.MemoryBytes, health.MaxMemoryBytes, health.Limited["cut"]));
        Assert.InRange(most, 1, 32 << 20);
        Assert.Equal(bodies.Select(Hash).Order(), upstream.Bodies.Order());
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal(Clients, exchanges.Count);
        Assert.All(exchanges, exchange =>
        {
            Assert.Equal((2 << 20, true, "request cut", Samples.Answer), (exchange.RequestBody.Length, exchange.RequestBody.Truncated, exchange.Tags["tda.limited"], exchange.Response));
            Assert.DoesNotContain(Mail, Encoding.UTF8.GetString(exchange.RequestBody.Bytes), StringComparison.Ordinal);
            Assert.Contains("memory for bodies was used up", exchange.ParseError, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Post_LargeAnswersAndASmallBudget_AllForwardedAndTheBudgetHolds()
    {
        var answer = Encoding.UTF8.GetString(Body(0, 2 << 20));
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(answer));
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { MaxMemoryBytes = 32 << 20 });

        var answers = await Task.WhenAll(Enumerable.Range(0, Clients / 2).Select(_ =>
            Task.Run(() => WireAnswer.PostAsync(gateway.Url, Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest)))));
        await gateway.Server.DrainedAsync();

        Assert.All(answers, got => Assert.Equal(answer, Encoding.UTF8.GetString(got.Body)));
        Assert.Equal((0, Clients / 2), (gateway.Server.Health.MemoryBytes, gateway.Server.Health.Limited["cut"]));
        Assert.All(await gateway.StopAndReadAsync(), exchange =>
        {
            Assert.Equal(2 << 20, exchange.ResponseBody.Length);
            Assert.Equal(("response cut", true), (exchange.Tags["tda.limited"], exchange.ResponseBody.Truncated));
            Assert.DoesNotContain(Mail, Encoding.UTF8.GetString(exchange.ResponseBody.Bytes), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Post_StreamLongerThanThereIsMemoryFor_PassedOnAndItsBeginningParsedAndNotDistilled()
    {
        var words = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"word {i} and "));
        var stream = string.Concat(words.Chunk(40).Select(piece => Samples.Delta(new string(piece)))) + Samples.Delta("", "stop") + "data: [DONE]\n\n";
        await using var upstream = new ScriptedUpstream(async request =>
        {
            await request.BeginStreamAsync();
            foreach (var piece in stream.Chunk(50_000))
            {
                await request.SendChunkAsync(new string(piece));
            }

            await request.EndChunksAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { MaxMemoryBytes = 16 << 20 });

        var answer = await WireAnswer.PostAsync(gateway.Url, Chat, Encoding.UTF8.GetBytes(Samples.StreamRequest));
        var exchange = await gateway.StopAndReadOneAsync();

        Assert.Equal(stream, Encoding.UTF8.GetString(answer.Body));
        Assert.Equal((TerminalState.Complete, "response cut"), (exchange.State, exchange.Tags["tda.limited"]));
        Assert.Equal((stream.Length, Hash(Encoding.UTF8.GetBytes(stream))), (exchange.ResponseBody.Length, exchange.ResponseBody.Sha256));
        Assert.StartsWith(exchange.Response!, words, StringComparison.Ordinal);
        Assert.Equal("not_complete", new DistillationRule().LeavesOut(exchange));
    }

    [Fact]
    public async Task Post_LargeBodiesWithinTheBudget_RecordedWholeThoughTheyWaitForEachOther()
    {
        // Looking into one takes 15 MiB, of 24 MiB for all.
        var bodies = Enumerable.Range(0, 12).Select(i => Body(i, 1 << 20)).ToList();
        await using var upstream = new CountingUpstream();
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxMemoryBytes = 64 << 20 });

        var answers = await Task.WhenAll(bodies.Select(body => Task.Run(() => WireAnswer.PostAsync(gateway.Url, Chat, body))));
        var exchanges = await gateway.StopAndReadAsync();

        Assert.All(answers, answer => Assert.True(answer.Whole));
        Assert.All(exchanges, exchange =>
        {
            Assert.Equal((false, 1, (string?)null), (exchange.RequestBody.Truncated, exchange.RequestBody.Redactions, exchange.ParseError));
            Assert.DoesNotContain("tda.limited", exchange.Tags);
        });
    }

    [Fact]
    public async Task Post_ClientsThatLeaveInsideLargeBodies_GiveTheirMemoryBack()
    {
        await using var upstream = new CountingUpstream();
        await using var gateway = await TestGateway.StartAsync(upstream.Url, options => options with { MaxMemoryBytes = 64 << 20 });
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawClient.ConnectAsync(gateway.Url)));
        foreach (var client in clients)
        {
            await client.SendAsync($"POST {Chat} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {8 << 20}\r\n\r\n");
            await client.SendAsync(new byte[512 << 10]);
        }

        await Eventually.TrueAsync(() => gateway.Server.Counts.InFlight == clients.Length && gateway.Server.Health.MemoryBytes > 4 << 20, Patience);
        foreach (var client in clients)
        {
            client.Reset();
        }

        await gateway.Server.DrainedAsync();
        Assert.Equal(0, gateway.Server.Health.MemoryBytes);
        TestGateway.AssertAllRecorded(clients.Length, gateway.Server.Counts);
        Assert.All(await gateway.StopAndReadAsync(), exchange => Assert.Equal(TerminalState.ClientAbort, exchange.State));
    }

    // Asking for log-probabilities holds the request: it was held as long as it was announced to become.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_SixtyLongBodiesAnnouncedAndNotSent_TakeNoMemory(bool asksForLogprobs)
    {
        await using var upstream = new CountingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            upstream.Url, options => options with { Logprobs = new() { Enabled = asksForLogprobs, MaxRequestBytes = 128 << 20 } });
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => RawClient.ConnectAsync(gateway.Url)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var client in clients)
        {
            await client.SendAsync($"POST {Chat} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {64 << 20}\r\n\r\n{{\"model\":");
        }

        await Eventually.TrueAsync(() => gateway.Server.Counts.InFlight == Clients && gateway.Server.Health.MemoryBytes > 0, Patience);

        // 60 × 64 MiB were announced.
        Assert.InRange(gateway.Server.Health.MemoryBytes, 1, 2 << 20);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, long.MinValue, 500L << 20);
        foreach (var client in clients)
        {
            client.Reset();
        }

        await gateway.Server.DrainedAsync();
        Assert.Equal(0, gateway.Server.Health.MemoryBytes);
    }

    [Fact]
    public async Task Post_NoMemoryForAskingForLogprobs_RequestPassesUnchanged()
    {
        var body = Body(1, 6 << 20);
        await using var upstream = new CountingUpstream();
        await using var gateway = await TestGateway.StartAsync(
            upstream.Url, options => options with { MaxMemoryBytes = 16 << 20, Logprobs = new() { Enabled = true, MaxRequestBytes = 16 << 20 } });

        var answer = await WireAnswer.PostAsync(gateway.Url, Chat, body);
        await gateway.Server.DrainedAsync();

        Assert.Equal((Samples.Chat, Hash(body)), (Encoding.UTF8.GetString(answer.Body), Assert.Single(upstream.Bodies)));
        Assert.Equal(0, gateway.Server.Health.MemoryBytes);
    }

    /// <summary>A chat of so many bytes, with a secret in it.</summary>
    internal static byte[] Body(int number, int length)
    {
        var head = $$"""{"model":"m-1","messages":[{"role":"user","content":"Number {{number}}, write to {{Mail}}: """;
        const string tail = "\"}]}";
        var words = string.Concat(Enumerable.Repeat("one word and another ", length / 21));
        return Encoding.UTF8.GetBytes(head + words[..Math.Min(words.Length, length - head.Length - tail.Length)]
            + new string('.', Math.Max(0, length - head.Length - tail.Length - words.Length)) + tail);
    }

    internal static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
