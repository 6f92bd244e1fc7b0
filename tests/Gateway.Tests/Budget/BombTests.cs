using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Faults;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Budget;

/// <summary>Small bodies that unpack to gigabytes, in both directions: passed on as they are, kept as they came, and said.</summary>
public class BombTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Mail = "john.doe@example.com";

    // Unpacking such a request of 660 bytes took 30 s and 4 GB, and one of 300 KB in a single gzip 8.6 s and 1.6 GB.
    public static TheoryData<string> Bombs => ["gzip, gzip", "gzip", "br", "zstd", "deflate", "gzip, br", "gzip, gzip, gzip"];

    public static TheoryData<string> Codings => ["gzip", "br", "deflate", "zstd", "gzip, gzip"];

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Post_RequestIsABomb_ForwardedAndKeptPackedAndSaid(string encoding)
    {
        var bomb = Packing.Bomb(encoding);
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => WireAnswer.PostAsync(gateway.Url, Chat, bomb, $"Content-Encoding: {encoding}\r\n")));
        await gateway.Server.DrainedAsync();

        Assert.All(answers, answer => Assert.Equal(Samples.Chat, Encoding.UTF8.GetString(answer.Body)));
        Assert.All(upstream.Requests, request => Assert.Equal(bomb, request.Body));
        Assert.Equal((0, 4, 0), (gateway.Server.Health.MemoryBytes, gateway.Server.Health.Limited["packed"], gateway.Server.Health.Limited["cut"]));
        var exchanges = await gateway.StopAndReadAsync();
        Assert.Equal(4, exchanges.Count);
        Assert.All(exchanges, exchange =>
        {
            OneCall.AssertRecorded(bomb, exchange.RequestBody);
            Assert.Equal(("request packed", Samples.Answer), (exchange.Tags["tda.limited"], exchange.Response));
            Assert.Contains("it is kept packed", exchange.ParseError, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Post_AnswerIsABomb_ForwardedAndKeptPackedAndSaid(string encoding)
    {
        var bomb = Packing.Bomb(encoding);
        await using var upstream = Answering(encoding, bomb);
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => WireAnswer.PostAsync(gateway.Url, Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest))));
        await gateway.Server.DrainedAsync();

        Assert.All(answers, answer => Assert.Equal(bomb, answer.Body));
        Assert.Equal((0, 4, 0), (gateway.Server.Health.MemoryBytes, gateway.Server.Health.Limited["packed"], gateway.Server.Health.Limited["cut"]));
        Assert.All(await gateway.StopAndReadAsync(), exchange =>
        {
            OneCall.AssertRecorded(bomb, exchange.ResponseBody);
            Assert.Equal(("response packed", "Grüße? 👋"), (exchange.Tags["tda.limited"], exchange.Prompt));
            Assert.Contains("it is kept packed", exchange.ParseError, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Post_OrdinaryPackedBodies_ParsedMaskedAndDistillable(string encoding)
    {
        var request = Packing.Pack(encoding, Encoding.UTF8.GetBytes($$"""{"model":"m-1","messages":[{"role":"user","content":"Write to {{Mail}}."}]}"""));
        var answer = Packing.Pack(encoding, Encoding.UTF8.GetBytes(Samples.Chat));
        await using var upstream = Answering(encoding, answer);
        await using var gateway = await TestGateway.StartAsync(upstream);

        var got = await WireAnswer.PostAsync(gateway.Url, Chat, request, $"Content-Encoding: {encoding}\r\n");
        var exchange = await gateway.StopAndReadOneAsync();

        Assert.Equal(answer, got.Body);
        Assert.Equal(request, Assert.Single(upstream.Requests).Body);
        OneCall.AssertRecorded(answer, exchange.ResponseBody);
        Assert.Equal((true, 1, Samples.Answer, (string?)null), (exchange.RequestBody.Unpacked, exchange.RequestBody.Redactions, exchange.Response, exchange.ParseError));
        Assert.DoesNotContain(Mail, Encoding.UTF8.GetString(exchange.RequestBody.Bytes), StringComparison.Ordinal);
        Assert.Contains("Write to [email", exchange.Prompt, StringComparison.Ordinal);
        Assert.Null(new DistillationRule().LeavesOut(exchange));
        Assert.DoesNotContain("tda.limited", exchange.Tags);
    }

    // Larger than what is looked into without waiting for a turn.
    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Post_LargePackedAnswer_ParsedAndMaskedToo(string encoding)
    {
        var words = $"Write to {Mail}, said number {string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i % 7919} "))}";
        var answer = Packing.Pack(encoding, Encoding.UTF8.GetBytes(Samples.Chat.Replace("Grüße 👋!", words, StringComparison.Ordinal)));
        await using var upstream = Answering(encoding, answer);
        await using var gateway = await TestGateway.StartAsync(upstream);

        var got = await WireAnswer.PostAsync(gateway.Url, Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest));
        await gateway.Server.DrainedAsync();

        Assert.Equal(answer, got.Body);
        Assert.Equal(0, gateway.Server.Health.MemoryBytes);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal((true, (string?)null), (exchange.ResponseBody.Unpacked, exchange.ParseError));
        Assert.StartsWith("Write to [email", exchange.Response, StringComparison.Ordinal);
        Assert.Equal(words.Length, exchange.Response!.Length);
    }

    [Fact]
    public async Task Post_PackedAnswerLongerThanIsRecordedOfABody_KeptPacked()
    {
        var answer = Packing.Pack("gzip", Encoding.UTF8.GetBytes(Samples.Chat.Replace("Grüße 👋!", string.Concat(Enumerable.Range(0, 400_000)), StringComparison.Ordinal)));
        await using var upstream = Answering("gzip", answer);
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { MaxRecordedBodyBytes = 2 << 20 });

        var got = await WireAnswer.PostAsync(gateway.Url, Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest));
        var exchange = await gateway.StopAndReadOneAsync();

        Assert.Equal(answer, got.Body);
        OneCall.AssertRecorded(answer, exchange.ResponseBody);
        Assert.Equal("response packed", exchange.Tags["tda.limited"]);
    }

    // A verifier that parses anew gets the same, though nothing limits it.
    [Fact]
    public async Task Reparse_BodyThatOnlyThisGatewaysBudgetKeptPacked_TheSame()
    {
        var answer = Packing.Pack("gzip", Encoding.UTF8.GetBytes(Samples.Chat.Replace("Grüße 👋!", new string('x', 3 << 20), StringComparison.Ordinal)));
        await using var upstream = Answering("gzip", answer);
        await using var gateway = await TestGateway.StartAsync(upstream, options => options with { MaxMemoryBytes = 16 << 20 });

        var got = await WireAnswer.PostAsync(gateway.Url, Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest));
        var exchange = await gateway.StopAndReadOneAsync();

        Assert.Equal(answer, got.Body);
        Assert.Equal(("response packed", (string?)null), (exchange.Tags["tda.limited"], exchange.Response));
        var parsed = ExchangeParser.Apply(exchange);
        Assert.Equal((exchange.Response, exchange.Prompt, exchange.ParseError), (parsed.Response, parsed.Prompt, parsed.ParseError));
    }

    private static ScriptedUpstream Answering(string encoding, byte[] body) => new(async request =>
    {
        await request.SendAsync(Packing.Head(encoding, body.Length));
        await request.SendAsync(body);
    });
}
