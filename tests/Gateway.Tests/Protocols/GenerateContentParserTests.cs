using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

/// <summary>Bodies in the shapes of the Gemini API (ai.google.dev/api/generate-content).</summary>
public class GenerateContentParserTests
{
    private const string Path = "/v1beta/models/gemini-2.5-flash:generateContent";

    private const string Request = """
        {"systemInstruction":{"parts":[{"text":"Be "},{"text":"kind."}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]},
        {"role":"model","parts":[{"text":"hm","thought":true},{"text":"Look: "},{"functionCall":{"name":"f","args":{"a":1}}}]},
        {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":42}}},{"text":"!"}]}],"generationConfig":{"temperature":0}}
        """;

    private const string Plain = """
        {"candidates":[{"content":{"parts":[{"text":"Greet back.","thought":true},{"text":"Grüße "},{"text":"👋!"},{"functionCall":{"name":"weather","args":{"city":"Köln"}}}],"role":"model"},
        "finishReason":"STOP","index":0,"logprobsResult":{"topCandidates":[{"candidates":[{"token":"Grüße","tokenId":7,"logProbability":-0.25},{"token":"Hallo","logProbability":-1.5}]},{"candidates":[]}],
        "chosenCandidates":[{"token":"Grüße","tokenId":7,"logProbability":-0.25},{"token":" 👋!","logProbability":-0.5}]}},{"content":{"parts":[{"text":"other"}]},"index":1}],
        "usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":17,"thoughtsTokenCount":3},"modelVersion":"gemini-2.5-flash-001","responseId":"r"}
        """;

    private static readonly string[] Chunks =
    [
        """{"candidates":[{"content":{"parts":[{"text":"Greet back.","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":10,"totalTokenCount":10},"modelVersion":"gemini-2.5-flash-001"}""",
        """{"candidates":[{"content":{"parts":[{"text":"Grüße "}],"role":"model"},"index":0,"logprobsResult":{"chosenCandidates":[{"token":"Grüße","logProbability":-0.25}],"topCandidates":[{"candidates":[{"token":"Grüße","logProbability":-0.25},{"token":"Hallo","logProbability":-1.5}]}]}}],"modelVersion":"gemini-2.5-flash-001"}""",
        """{"candidates":[{"content":{"parts":[{"text":"👋!"},{"functionCall":{"name":"weather","args":{"city":"Köln"}}}],"role":"model"},"finishReason":"STOP","index":0,"logprobsResult":{"chosenCandidates":[{"token":" 👋!","logProbability":-0.5}]}}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":4,"totalTokenCount":17,"thoughtsTokenCount":3},"modelVersion":"gemini-2.5-flash-001"}""",
    ];

    public static TheoryData<string, bool> Answers => new()
    {
        { Plain, false },
        { $"[{string.Join(",\r\n", Chunks)}\n]", false },
        { string.Concat(Chunks.Select(chunk => $"data: {chunk}\r\n\r\n")), true },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Apply_PlainArrayAndEvents_TheSameFields(string answer, bool streamed)
    {
        var parsed = Apply(answer, streamed);

        Assert.Equal((null, TerminalState.Complete), (parsed.ParseError, parsed.State));
        Assert.Equal(("gemini-2.5-flash-001", "Grüße 👋!", "Greet back.", "STOP"), (parsed.Model, parsed.Response, parsed.Reasoning, parsed.FinishReason));
        Assert.Equal(new Usage(10, 7, 17), parsed.Usage);
        Assert.Equal([("Grüße", -.25, 2), (" 👋!", -.5, 0)], parsed.Logprobs!.Select(token => (token.Token, token.Logprob!.Value, token.Alternatives.Count)));
        Assert.Equal(new("Hallo", -1.5), parsed.Logprobs![0].Alternatives[1]);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""[{"name":"weather","args":{"city":"Köln"}}]"""), JsonNode.Parse(parsed.ToolCalls!)), parsed.ToolCalls);
    }

    [Fact]
    public void Apply_Request_SystemFirstAndPartsAsText()
    {
        var parsed = Apply(Plain, streamed: false);

        Assert.Equal("system: Be kind.\nuser: Hi\nassistant: Look: \nuser: {\"result\":42}!\nassistant: ", parsed.Prompt);
        Assert.Equal("""[{"name":"f","args":{"a":1}}]""", parsed.Messages![2].ToolCalls);
        Assert.Equal("f", parsed.Messages[3].ToolCallId);
    }

    [Fact]
    public void Apply_StreamWithoutItsLastChunk_Truncated()
    {
        var events = Apply(string.Concat(Chunks[..2].Select(chunk => $"data: {chunk}\n\n")), streamed: true);
        var array = Apply($"[{string.Join(',', Chunks[..2])}", streamed: false);

        Assert.Equal((TerminalState.Truncated, "Grüße "), (events.State, events.Response));
        Assert.Equal("Grüße ", array.Response);
        Assert.Contains("response:", array.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ErrorInTheStream_UpstreamAbort() => Assert.Equal(
        TerminalState.UpstreamAbort, Apply($"data: {Chunks[0]}\n\ndata: {{\"error\":{{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}}}\n\n", streamed: true).State);

    [Fact]
    public void Apply_BlockedPrompt_TheReasonAndNoError()
    {
        var parsed = Apply("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3},"modelVersion":"g"}""", streamed: false);

        Assert.Equal((null, null, "SAFETY", new Usage(3, null, 3)), (parsed.ParseError, parsed.Response, parsed.FinishReason, parsed.Usage));
    }

    [Fact]
    public void Apply_LogprobsThatDoNotMatch_SaidAndTheTextStays()
    {
        var parsed = Apply("""{"candidates":[{"content":{"parts":[{"text":"a"}]},"logprobsResult":{"chosenCandidates":[{"token":"a"}],"topCandidates":[{},{}]}}]}""", streamed: false);

        Assert.Equal("a", parsed.Response);
        Assert.Empty(parsed.Logprobs!);
        Assert.Contains("1 tokens and 2 lists of alternatives", parsed.ParseError, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OtherMethodsOfAModel_RawWithTheModel()
    {
        var parsed = ExchangeParser.Apply(RawExchange.Of("/v1/models:countTokens", "{}"u8.ToArray(), """{"totalTokens":3}"""u8.ToArray()) with { Path = "/v1beta/models/g-1:countTokens?key=[redacted]" });

        Assert.Equal(("g-1", null, null), (parsed.Model, parsed.Prompt, parsed.ParseError));
    }

    private static Exchange Apply(string answer, bool streamed) => ExchangeParser.Apply(
        RawExchange.Of("/v1/models:generateContent", Encoding.UTF8.GetBytes(Request), Encoding.UTF8.GetBytes(answer), streamed) with { Path = Path });
}
