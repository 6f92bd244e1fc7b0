using Microsoft.AspNetCore.Http;
using Tda.Gateway.Proxy;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Proxy;

public class GatewayHeadersTests
{
    [Theory]
    [InlineData(null, OptOut.None)]
    [InlineData("", OptOut.None)]
    [InlineData(" ", OptOut.None)]
    [InlineData("distill", OptOut.Distill)]
    [InlineData("RECORD", OptOut.Record)]
    [InlineData("distill, record", OptOut.Distill | OptOut.Record)]
    [InlineData("true", null)]
    [InlineData("distill, recrod", null)]
    internal void ReadOptOut_Header_WhatIsKeptBack(string? header, OptOut? expected) => Assert.Equal(expected, GatewayHeaders.ReadOptOut(header));

    [Fact]
    public void TagsOf_TermsForbidDistilling_ClientCanNotAllowIt()
    {
        var headers = new HeaderDictionary { ["X-Tda-Tags"] = "tda.distill=yes, tda.terms=mine, tda.upstream=mine, tda.first=mine, team=red" };

        var forbidden = GatewayHeaders.TagsOf(headers, new() { MayDistill = false, Note = "clause 2" }, "two.example", out _);
        var allowed = GatewayHeaders.TagsOf(headers, new(), "one.example", out _);

        Assert.Equal("no clause 2 two.example red", $"{forbidden["tda.distill"]} {forbidden["tda.terms"]} {forbidden["tda.upstream"]} {forbidden["team"]}");
        Assert.Equal("yes one.example red", $"{allowed["tda.distill"]} {allowed["tda.upstream"]} {allowed["team"]}");
        Assert.DoesNotContain("tda.terms", allowed.Keys);
        Assert.DoesNotContain("tda.first", allowed.Keys);
    }

    [Fact]
    public async Task Post_OptOutOfRecording_ForwardedAndADeclaredDrop()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, "X-Tda-Opt-Out: record\r\n");

        Assert.EndsWith(Samples.Chat, answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Tda", Assert.Single(upstream.Requests).Head, StringComparison.OrdinalIgnoreCase);
        var health = gateway.Server.Health;
        Assert.Equal(("ok", 1L, 0L, 1L), (health.Status, health.Forwarded, health.Difference, health.Drops["opt_out"]));
        Assert.Empty(await gateway.StopAndReadAsync());
    }

    [Fact]
    public async Task Post_OptOutOfDistilling_RecordedWithTheTagAndTheUpstreamSeesNoneOfIt()
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, "X-Tda-Opt-Out: distill\r\nX-Tda-Tags: team=red\r\n");

        Assert.DoesNotContain("X-Tda", Assert.Single(upstream.Requests).Head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([("tda.distill", "no"), ("team", "red")],
            (await gateway.StopAndReadOneAsync()).Tags.Select(tag => (tag.Key, tag.Value)).Order());
    }

    // Tags that can't be read were left out, and whoever sent them heard nothing of it.
    [Theory]
    [InlineData("team=red, nonsense", "tag 2 is not name=value of at most 256 characters and was left out")]
    [InlineData("team=red, =x", "tag 2 is not name=value of at most 256 characters and was left out")]
    [InlineData("team=red, tda.terms=mine", "tda.terms, tda.upstream, tda.limited, tda.first and tda.attempt are the gateway's own tags and were left out")]
    [InlineData("team=red, tda.limited=response packed", "tda.terms, tda.upstream, tda.limited, tda.first and tda.attempt are the gateway's own tags and were left out")]
    public async Task Post_TagsThatCanNotBeTaken_TheAnswerSaysSo(string tags, string expected)
    {
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await TestGateway.StartAsync(upstream);

        var answer = await RawClient.PostAsync(gateway.Url, "/v1/chat/completions", Samples.ChatRequest, $"X-Tda-Tags: {tags}\r\n");

        Assert.Contains($"X-Tda-Tags-Error: {expected}\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith(Samples.Chat, answer, StringComparison.Ordinal);
        var exchange = await gateway.StopAndReadOneAsync();
        Assert.Equal(("team", "red"), Assert.Single(exchange.Tags.Select(tag => (tag.Key, tag.Value))));
        Assert.Equal(tags.Contains("tda.", StringComparison.Ordinal) ? null : $"X-Tda-Tags: {expected}", exchange.ParseError);
    }

    [Fact]
    public void ReadTags_MoreThanAreKept_SaysFromWhereOn()
    {
        var tags = GatewayHeaders.ReadTags(string.Join(',', Enumerable.Range(1, 34).Select(n => $"t{n}=x")), out var error);

        Assert.Equal(32, tags.Count);
        Assert.Equal("more than 32 tags: those from number 33 on were left out", error);
    }
}
