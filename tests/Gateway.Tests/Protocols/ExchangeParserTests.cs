using FsCheck;
using FsCheck.Fluent;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

public class ExchangeParserTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithReplay(20251017, 1).WithMaxTest(300);

    [Fact]
    public void Parse_Chat_AllFields()
    {
        var parsed = Parse(Chat, Samples.ChatRequest, Samples.Chat);

        Assert.Null(parsed.Error);
        Assert.Equal(("m-1-0613", "Grüße? 👋", Samples.Answer, "stop"), (parsed.Model, parsed.Prompt, parsed.Text.Text, parsed.FinishReason));
        Assert.Equal(new Usage(5, 2, 7), parsed.Usage);
        Assert.Equal([-0.25, -0.5], parsed.Logprobs!.Select(t => t.Logprob!.Value));
        Assert.Equal(["Grüße", "Hallo"], parsed.Logprobs![0].Alternatives.Select(a => a.Token));
        Assert.Equal("Grüße", Encoding.UTF8.GetString([.. parsed.Logprobs[0].Bytes!.Select(b => (byte)b)]));
    }

    [Fact]
    public void Parse_ChatStream_SameAsPlain()
    {
        var parsed = Parse(Chat, Samples.StreamRequest, Samples.ChatStream, streamed: true);

        Assert.Null(parsed.Error);
        Assert.Equal((Samples.Answer, "stop", false), (parsed.Text.Text, parsed.FinishReason, parsed.StreamCut));
        Assert.Equal("system: Be kind.\nuser: Grüße? 👋\nassistant: ", parsed.Prompt);
        Assert.Equal(new Usage(5, 2, 7), parsed.Usage);

        // The role's event comes first, and holds no token yet.
        var token = Encoding.UTF8.GetByteCount(Samples.ChatStream[..Samples.ChatStream.IndexOf(": a comment", StringComparison.Ordinal)]);
        Assert.Equal(token, parsed.FirstContentOffset);
    }

    [Fact]
    public void Parse_Completion_LegacyLogprobs()
    {
        const string Response = """
            {"model":"m","choices":[{"index":1,"text":"other"},{"index":0,"text":" b","finish_reason":"length","logprobs":{
            "tokens":["a"," b"],"token_logprobs":[null,-0.5],"top_logprobs":[null,{" c":-2,
            " b":-0.5}],"text_offset":[0,1]}}]}
            """;

        var parsed = Parse(Completions, """{"model":"m","prompt":["a","second"],"logprobs":2,"echo":true}""", Response);

        Assert.Null(parsed.Error);
        Assert.Equal(("a", " b", "length"), (parsed.Prompt, parsed.Text.Text, parsed.FinishReason));
        Assert.Equal([null, -0.5], parsed.Logprobs!.Select(t => t.Logprob));
        Assert.Equal([" b", " c"], parsed.Logprobs![1].Alternatives.Select(a => a.Token));
    }

    [Fact]
    public void Parse_CompletionStream_TextJoined()
    {
        var parsed = Parse(
            Completions,
            """{"prompt":"p"}""",
            "data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-1]}}]}\n\ndata: {\"choices\":[{\"index\":0,\"text\":\"b\",\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            streamed: true);

        Assert.Equal((null, "ab", -1.0), (parsed.Error, parsed.Text.Text, Assert.Single(parsed.Logprobs!).Logprob!.Value));
    }

    [Fact]
    public void Parse_ToolCalls_PlainStaysRawAndStreamedPiecesAreJoined()
    {
        const string Call = """[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]""";
        var plain = Parse(Chat, Samples.ChatRequest, $$"""{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":{{Call}}},"finish_reason":"tool_calls"}]}""");
        var streamed = Parse(
            Chat,
            Samples.StreamRequest,
            """
            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """,
            streamed: true);

        Assert.Equal((Call, null, null), (plain.ToolCalls, plain.Text.Text, plain.Error));
        Assert.Null(streamed.Error);
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(Call), System.Text.Json.Nodes.JsonNode.Parse(streamed.ToolCalls!)), streamed.ToolCalls);
    }

    [Theory]
    [InlineData("", "request")]
    [InlineData("{", "request")]
    [InlineData("[]", "request")]
    [InlineData("{\"messages\":5}", "messages")]
    [InlineData("{\"messages\":[{\"content\":\"x\"}]}", "role")]
    [InlineData("{\"model\":1,\"messages\":[]}", "model")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}", "request")]
    public void Parse_MalformedRequest_ErrorNamesItAndResponseIsStillRead(string request, string named)
    {
        var parsed = Parse(Chat, request, Samples.Chat);

        Assert.Contains(named, parsed.Error, StringComparison.Ordinal);
        Assert.Equal(Samples.Answer, parsed.Text.Text);
    }

    [Fact]
    public void Parse_BrokenEvent_NotedAndTheOthersAreRead()
    {
        var parsed = Parse(Chat, Samples.StreamRequest, Samples.Delta("a") + "data: {broken\n\n" + Samples.Delta("b", "stop") + "data: [DONE]\n\n", streamed: true);

        Assert.Contains("event 2", parsed.Error, StringComparison.Ordinal);
        Assert.Equal("ab", parsed.Text.Text);
    }

    [Fact]
    public void Parse_ErrorInsideStream_Told()
    {
        var parsed = Parse(Chat, Samples.StreamRequest, Samples.Delta("a") + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", streamed: true);

        Assert.Equal((true, true), (parsed.StreamError, parsed.StreamCut));
    }

    [Fact]
    public void Parse_AnyBytes_AnswersWithoutThrowing()
    {
        var json = Gen.Elements("{", "}", "[", "]", "\"choices\"", ":", ",", "null", "1e999", "-1", "\"\\ud800\"", "\"messages\"", "data: ", "\n\n", "\"delta\"", "\"logprobs\"", "\"tool_calls\"", "\"index\"", "99999999999999999999");
        var text = json.ArrayOf().Select(string.Concat);
        Prop.ForAll(Gen.Zip(text, text).ToArbitrary(), pair =>
        {
            foreach (var streamed in (bool[])[true, false])
            {
                Parse(Chat, pair.Item1, pair.Item2, streamed);
                Parse(Completions, pair.Item1, pair.Item2, streamed);
            }
        }).Check(Fixed);
    }

    [Fact]
    public void Parse_ValidAnswerWithBytesFlipped_AnswersWithoutThrowing()
    {
        var bytes = Encoding.UTF8.GetBytes(Samples.ChatStream);
        var flips = Gen.Zip(Gen.Choose(0, bytes.Length - 1), Gen.Choose(0, 255)).ArrayOf();
        Prop.ForAll(flips.ToArbitrary(), changes =>
        {
            var mutated = bytes.ToArray();
            foreach (var (at, value) in changes)
            {
                mutated[at] = (byte)value;
            }

            var parsed = ExchangeParser.Parse(Raw(Chat, Encoding.UTF8.GetBytes(Samples.StreamRequest), mutated, streamed: true));
            Assert.Equal("system: Be kind.\nuser: Grüße? 👋\nassistant: ", parsed.Prompt);
        }).Check(Fixed);
    }

    [Fact]
    public void Parse_UnknownEncoding_ErrorSaysSo()
    {
        var raw = Raw(Chat, Encoding.UTF8.GetBytes(Samples.ChatRequest), [1, 2, 3], streamed: false) with { ResponseHeaders = [new("content-encoding", "lzma")] };

        Assert.Contains("lzma", ExchangeParser.Parse(raw).Error, StringComparison.Ordinal);
    }

    private static ParsedExchange Parse(string route, string request, string response, bool streamed = false) =>
        ExchangeParser.Parse(Raw(route, Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(response), streamed));

    private static Exchange Raw(string route, byte[] request, byte[] response, bool streamed) => RawExchange.Of(route, request, response, streamed);
}
