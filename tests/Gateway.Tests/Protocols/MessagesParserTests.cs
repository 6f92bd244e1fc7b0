using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Clients;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

public class MessagesParserTests
{
    private const string Route = "/v1/messages";

    private const string Request = """
        {"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Look: "},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"42"}]},{"type":"text","text":"!"}]}],"system":[{"type":"text","text":"Be "},{"type":"text","text":"kind."}],"model":"m"}
        """;

    [Fact]
    public void Apply_Request_SystemFirstAndBlocksAsText()
    {
        var parsed = Apply(Request, AnthropicAnswers.Of(Route, "plain", streamed: false), streamed: false);

        Assert.Equal(["system", "user", "assistant", "user"], parsed.Messages!.Select(m => m.Role));
        Assert.Equal("system: Be kind.\nuser: Hi\nassistant: Look: \nuser: 42!\nassistant: ", parsed.Prompt);
        Assert.Equal("""[{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]""", parsed.Messages![2].ToolCalls);
        Assert.Equal("t1", parsed.Messages[3].ToolCallId);
        Assert.StartsWith("[{\"type\":\"tool_result\"", parsed.Messages[3].RawContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apply_PlainAndStreamed_TheSameFields(bool streamed)
    {
        var text = Apply(Request, AnthropicAnswers.Of(Route, "plain", streamed), streamed);
        var tools = Apply(Request, AnthropicAnswers.Of(Route, "tools", streamed), streamed);

        Assert.Equal((null, TerminalState.Complete), (text.ParseError, text.State));
        Assert.Equal(("plain-1", "Grüße 👋!", "Greet back.", "end_turn"), (text.Model, text.Response, text.Reasoning, text.FinishReason));
        Assert.Equal(new Usage(10, 4, 14), text.Usage);
        Assert.Null(text.ToolCalls);
        Assert.Equal(("Let me look.", "tool_use"), (tools.Response, tools.FinishReason));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""[{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Köln"}}]"""), JsonNode.Parse(tools.ToolCalls!)), tools.ToolCalls);
    }

    [Fact]
    public void Apply_StreamCutInsideAToolsInput_WhatCameOfItAsAString()
    {
        var whole = AnthropicAnswers.Of(Route, "tools", streamed: true);
        var cut = Apply(Request, whole[..whole.IndexOf("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"ln", StringComparison.Ordinal)], streamed: true);

        Assert.Equal((TerminalState.Truncated, "{\"city\": \"Kö"), (cut.State, (string?)JsonNode.Parse(cut.ToolCalls!)![0]!["input"]));
    }

    [Fact]
    public void Apply_ErrorEvent_UpstreamAbortWithWhatCame() => Assert.Equal(
        (TerminalState.UpstreamAbort, "Gr"),
        Apply(Request, AnthropicAnswers.Of(Route, "broken", streamed: true), streamed: true) is var parsed ? (parsed.State, parsed.Response) : default);

    [Fact]
    public void Apply_CountTokens_NotTakenForAMessage() => Assert.Null(
        ExchangeParser.Apply(RawExchange.Of("/v1/messages/count_tokens", Encoding.UTF8.GetBytes(Request), "{\"input_tokens\":3}"u8.ToArray())).ParseError);

    private static Exchange Apply(string request, string response, bool streamed) =>
        ExchangeParser.Apply(RawExchange.Of(Route, Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(response), streamed));
}
