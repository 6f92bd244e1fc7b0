using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

public class ChatDetailsTests
{
    private const string Chat = "/v1/chat/completions";

    [Theory]
    [InlineData("""{"reasoning_content":"why","content":"so"}""", "why", "so")]
    [InlineData("""{"reasoning":"why","content":"so"}""", "why", "so")]
    [InlineData("""{"reasoning":"why","reasoning_content":"why","content":"so"}""", "why", "so")]
    [InlineData("""{"reasoning":{"effort":"low"},"content":"so"}""", null, "so")]
    [InlineData("""{"refusal":"no","content":null}""", null, "no")]
    [InlineData("""{"refusal":null,"content":[{"type":"text","text":"s"},{"type":"text","text":"o"}]}""", null, "so")]
    public void Apply_Message_ReasoningAndText(string message, string? reasoning, string text)
    {
        var plain = Apply($$"""{"choices":[{"message":{{message}}}]}""", streamed: false);
        var streamed = Apply($$"""data: {"choices":[{"delta":{{message}},"finish_reason":"stop"}]}""", streamed: true);

        Assert.All((Exchange[])[plain, streamed], e => Assert.Equal((reasoning, text, null), (e.Reasoning, e.Response, e.ParseError)));
    }

    [Fact]
    public void Apply_InvalidUtf8InText_ReplacedAndSaid()
    {
        byte[] stream = [.. "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"b"u8, 0xC3, .. "\"},\"finish_reason\":\"stop\"}]}\n\n"u8];

        var parsed = ExchangeParser.Apply(RawExchange.Of(Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest), stream, streamed: true));

        Assert.Equal(("ab\uFFFD", TerminalState.Complete), (parsed.Response, parsed.State));
        Assert.Contains("UTF-8", parsed.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ErrorAfterTheAnswer_WhatWasReadStays()
    {
        var parsed = Apply("""{"model":"m","choices":[{"message":{"content":"whole"},"finish_reason":"stop"}],"usage":{"prompt_tokens":"five"}}""", streamed: false);

        Assert.Equal(("m", "whole", "stop"), (parsed.Model, parsed.Response, parsed.FinishReason));
        Assert.Contains("prompt_tokens", parsed.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_DeepNesting_ErrorAndNoMore()
    {
        var parsed = Apply($$"""{"x":{{new string('[', 5_000)}}{{new string(']', 5_000)}}}""", streamed: false);

        Assert.StartsWith("response: ", parsed.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_WireBroken_ItsStateStandsOverTheContents()
    {
        var raw = RawExchange.Of(Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest), Encoding.UTF8.GetBytes(Samples.Delta("a")), streamed: true);

        var parsed = ExchangeParser.Apply(raw with { WireState = TerminalState.Timeout, Failure = "silent" });

        Assert.Equal((TerminalState.Timeout, "silent", "a"), (parsed.State, parsed.Failure, parsed.Response));
    }

    [Fact]
    public void Apply_Twice_SameAsOnce()
    {
        var once = ExchangeParser.Apply(RawExchange.Of(Chat, Encoding.UTF8.GetBytes(Samples.StreamRequest), Encoding.UTF8.GetBytes(Samples.ChatStream), streamed: true));
        var twice = ExchangeParser.Apply(once);

        Assert.Equal((once.Response, once.State, once.Usage, once.ParseError), (twice.Response, twice.State, twice.Usage, twice.ParseError));
    }

    [Fact]
    public void Apply_TagsThatCantBeRead_Said() => Assert.Contains(
        "X-Tda-Tags",
        ExchangeParser.Apply(RawExchange.Of("/v1/x", [], []) with { RequestHeaders = [new("x-tda-tags", "no equals sign")] }).ParseError,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"model":"e","input":"one"}""", "one", null)]
    [InlineData("""{"input":["one","two"],"dimensions":256}""", "one\ntwo", null)]
    [InlineData("""{"input":[1,2]}""", null, "not text")]
    [InlineData("""{"model":"e"}""", null, "'input' is missing")]
    public void Apply_Embeddings_InputIsThePrompt(string request, string? prompt, string? error)
    {
        var parsed = ExchangeParser.Apply(RawExchange.Of(
            "/v1/embeddings", Encoding.UTF8.GetBytes(request), """{"data":[{"embedding":[0.1,2]}],"model":"e-1","usage":{"prompt_tokens":3,"total_tokens":3}}"""u8.ToArray()));

        Assert.Equal((prompt, null, "e-1", new Usage(3, null, 3)), (parsed.Prompt, parsed.Response, parsed.Model, parsed.Usage));
        Assert.Equal(error is null, parsed.ParseError is null);
        Assert.Contains(error ?? "", parsed.ParseError ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OneModel_ItsIdIsTheModel() => Assert.Equal(
        ("m-1", null),
        ExchangeParser.Apply(RawExchange.Of("/v1/models", [], """{"id":"m-1","object":"model"}"""u8.ToArray(), method: "GET")) is var parsed ? (parsed.Model, parsed.ParseError) : default);

    private static Exchange Apply(string response, bool streamed) =>
        ExchangeParser.Apply(RawExchange.Of(Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest), Encoding.UTF8.GetBytes(response), streamed));
}
