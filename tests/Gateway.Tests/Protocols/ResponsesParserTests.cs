using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Clients;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

public class ResponsesParserTests
{
    private const string Route = "/v1/responses";

    private const string Request = """
        {"model":"m","instructions":"Be kind.","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"},{"type":"input_image","image_url":"http://x/y.png"}]},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"42"},
        {"type":"item_reference","id":"r1"}]}
        """;

    [Fact]
    public void Apply_Request_AChatOfItsItems()
    {
        var parsed = Apply(Request, OpenAIAnswers.Of(Route, "response", streamed: false), streamed: false);

        Assert.Equal(["system", "user", "assistant", "tool", "item_reference"], parsed.Messages!.Select(m => m.Role));
        Assert.Equal(("Hi", "42", "c1"), (parsed.Messages![1].Content, parsed.Messages[3].Content, parsed.Messages[3].ToolCallId));
        Assert.Equal("f", (string?)JsonNode.Parse(parsed.Messages[2].ToolCalls!)![0]!["name"]);
        Assert.Contains("input_image", parsed.Messages[1].RawContent, StringComparison.Ordinal);
        Assert.StartsWith("system: Be kind.\nuser: Hi\n", parsed.Prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apply_PlainAndStreamed_TheSameFields(bool streamed)
    {
        var parsed = Apply(Request, OpenAIAnswers.Of(Route, "response", streamed), streamed);

        Assert.Equal((null, TerminalState.Complete), (parsed.ParseError, parsed.State));
        Assert.Equal(("response-1", "Grüße 👋!", "Greet back.", "completed"), (parsed.Model, parsed.Response, parsed.Reasoning, parsed.FinishReason));
        Assert.Equal(new Usage(5, 4, 9), parsed.Usage);
        Assert.Null(parsed.Logprobs);
        var call = Assert.Single(JsonNode.Parse(parsed.ToolCalls!)!.AsArray())!;
        Assert.Equal(("function_call", "weather", "{}"), ((string?)call["type"], (string?)call["name"], (string?)call["arguments"]));
    }

    [Fact]
    public void Apply_Logprobs_PlainAndStreamedKept()
    {
        const string Token = """[{"token":"a","logprob":-1,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-2,"bytes":[98]}]}]""";
        var plain = Apply("{}", $$$"""{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a","logprobs":{{{Token}}}}]}]}""", streamed: false);
        var streamed = Apply("{}", $$"""data: {"type":"response.output_text.delta","delta":"a","logprobs":{{Token}}}""" + "\n\n", streamed: true);

        Assert.All((Exchange[])[plain, streamed], e => Assert.Equal(("a", -1.0, "b"), (e.Response, Assert.Single(e.Logprobs!).Logprob!.Value, e.Logprobs![0].Alternatives[0].Token)));
        Assert.Equal(TerminalState.Truncated, streamed.State);
    }

    [Fact]
    public void Apply_StreamEndsInsideACall_TheArgumentsThatCame()
    {
        const string Stream = """
            data: {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}

            data: {"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\""}


            """;

        var parsed = Apply("{}", Stream, streamed: true);

        Assert.Equal(TerminalState.Truncated, parsed.State);
        Assert.Equal("{\"a\"", (string?)JsonNode.Parse(parsed.ToolCalls!)![0]!["arguments"]);
    }

    [Theory]
    [InlineData("event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"x\",\"param\":null}\n\n")]
    [InlineData("data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"}}}\n\n")]
    public void Apply_ErrorEvent_UpstreamAbort(string stream) => Assert.Equal(TerminalState.UpstreamAbort, Apply("{}", stream, streamed: true).State);

    [Fact]
    public void Apply_Incomplete_TheReasonIsWhyItFinished() => Assert.Equal(
        ("max_output_tokens", TerminalState.Complete),
        Apply("{}", OpenAIAnswers.Of(Route, "incomplete", streamed: true), streamed: true) is var parsed ? (parsed.FinishReason, parsed.State) : default);

    [Fact]
    public void Apply_OnlyTheFinalEvent_ItsOutputIsRead() => Assert.Equal(
        "late",
        Apply("{}", "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"late\"}]}]}}\n\n", streamed: true).Response);

    private static Exchange Apply(string request, string response, bool streamed) =>
        ExchangeParser.Apply(RawExchange.Of(Route, Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(response), streamed));
}
