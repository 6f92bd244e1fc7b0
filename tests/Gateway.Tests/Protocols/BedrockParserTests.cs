using System.Text.Json.Nodes;
using Tda.Gateway.Protocols;
using Tda.Gateway.Redaction;
using Tda.Gateway.Tests.Clients;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

/// <summary>Bodies in the shapes of the Amazon Bedrock API (docs.aws.amazon.com/bedrock/latest/APIReference).</summary>
public class BedrockParserTests
{
    private const string Model = "eu.anthropic.claude-sonnet-4-v1:0";

    private const string Request = """
        {"system":[{"text":"Be "},{"text":"kind."}],"messages":[{"role":"user","content":[{"text":"Hi"}]},
        {"role":"assistant","content":[{"text":"Look: "},{"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"json":{"r":42}}]}},{"text":"!"}]}],"inferenceConfig":{"maxTokens":9}}
        """;

    private const string Plain = """
        {"metrics":{"latencyMs":1},"output":{"message":{"content":[{"reasoningContent":{"reasoningText":{"text":"Greet back.","signature":"s"}}},{"text":"Grüße 👋!"},
        {"toolUse":{"toolUseId":"t2","name":"weather","input":{"city":"Köln"}}}],"role":"assistant"}},"stopReason":"tool_use",
        "usage":{"inputTokens":7,"outputTokens":4,"totalTokens":14,"cacheReadInputTokens":1,"cacheWriteInputTokens":2}}
        """;

    private static readonly byte[][] Messages =
    [
        EventStreamBytes.Event("messageStart", """{"role":"assistant","p":"ab"}"""),
        EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Greet back."}}}"""),
        EventStreamBytes.Event("contentBlockStop", """{"contentBlockIndex":0}"""),
        EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"Grüße "}}"""),
        EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"text":"👋!"}}"""),
        EventStreamBytes.Event("contentBlockStart", """{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t2","name":"weather"}}}"""),
        EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"city\":"}}}"""),
        EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"toolUse":{"input":"\"Köln\"}"}}}"""),
        EventStreamBytes.Event("messageStop", """{"stopReason":"tool_use"}"""),
        EventStreamBytes.Event("metadata", """{"usage":{"inputTokens":7,"outputTokens":4,"totalTokens":14,"cacheReadInputTokens":1,"cacheWriteInputTokens":2},"metrics":{"latencyMs":1}}"""),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apply_ConversePlainAndStreamed_TheSameFields(bool streamed)
    {
        var parsed = streamed ? Stream(Concat(Messages)) : ExchangeParser.Apply(Raw("converse", Encoding.UTF8.GetBytes(Plain)));

        Assert.Equal((null, TerminalState.Complete), (parsed.ParseError, parsed.State));
        Assert.Equal((Model, "Grüße 👋!", "Greet back.", "tool_use"), (parsed.Model, parsed.Response, parsed.Reasoning, parsed.FinishReason));
        Assert.Equal(new Usage(10, 4, 14), parsed.Usage);
        var call = JsonNode.Parse(parsed.ToolCalls!)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""[{"toolUseId":"t2","name":"weather","input":{"city":"Köln"}}]"""), call), parsed.ToolCalls);
        Assert.Equal("system: Be kind.\nuser: Hi\nassistant: Look: \nuser: {\"r\":42}!\nassistant: ", parsed.Prompt);
        Assert.Equal("t1", parsed.Messages![3].ToolCallId);
    }

    [Fact]
    public void Apply_StreamCutAnywhere_TruncatedWithWhatCame()
    {
        var whole = Concat(Messages);
        var end = Messages.SkipLast(2).Sum(message => message.Length);
        for (var length = 0; length < end; length += 7)
        {
            var parsed = Stream(whole[..length]);

            Assert.Equal((TerminalState.Truncated, null), (parsed.State, parsed.ParseError));
            Assert.StartsWith(parsed.Response ?? "", "Grüße 👋!", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Apply_ExceptionInTheStream_UpstreamAbort() => Assert.Equal(
        (TerminalState.UpstreamAbort, null),
        Stream(Concat([Messages[0], EventStreamBytes.Exception("throttlingException", """{"message":"Too many tokens"}""")])) is var parsed ? (parsed.State, parsed.ParseError) : default);

    [Fact]
    public void Apply_DamagedMessage_SaysWhere()
    {
        var bytes = Concat(Messages);
        bytes[Messages[0].Length + Messages[1].Length - 10] ^= 1;

        var parsed = Stream(bytes);

        Assert.Contains($"the message at byte {Messages[0].Length} of the event stream is damaged", parsed.ParseError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apply_InvokeOfAnAnthropicModel_AsItsOwnApi(bool streamed)
    {
        var answer = AnthropicAnswers.Of("/v1/messages", "plain", streamed);
        var body = !streamed ? Encoding.UTF8.GetBytes(answer)
            : Concat(answer.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => EventStreamBytes.Chunk(line[6..])));

        var parsed = ExchangeParser.Apply(Raw(streamed ? "invoke-with-response-stream" : "invoke", body, streamed,
            """{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"""));

        Assert.Equal((null, "Hi", "Grüße 👋!", "end_turn", new Usage(10, 4, 14)), (parsed.ParseError, parsed.Prompt, parsed.Response, parsed.FinishReason, parsed.Usage));
    }

    [Fact]
    public void Apply_InvokeOfAnotherModel_RawWithTheModel()
    {
        var raw = Raw("invoke", "{\"generation\":\"x\"}"u8.ToArray()) with { Path = "/p/model/meta.llama3-8b-instruct-v1%3A0/invoke" };

        Assert.Equal(("meta.llama3-8b-instruct-v1:0", null, null), ExchangeParser.Apply(raw) is var parsed ? (parsed.Model, parsed.Response, parsed.ParseError) : default);
    }

    // What is masked has its length still, but not the checksum of its message: the rest must be read all the same.
    [Fact]
    public void Apply_SecretInPiecesOfTheStream_MaskedAndReadable()
    {
        var body = Concat(
        [
            EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"Write to ada.love"}}"""),
            EventStreamBytes.Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"lace@example.com now"}}"""),
            EventStreamBytes.Event("messageStop", """{"stopReason":"end_turn"}"""),
        ]);

        var masked = BodyRedactor.Default.Redact(body, null, "application/vnd.amazon.eventstream");
        var recorded = RecordedBody.Of(masked.Bytes.ToArray()) with { Redactions = masked.Count };
        var parsed = ExchangeParser.Apply(Raw("converse-stream", [], streamed: true) with { ResponseBody = recorded });

        Assert.True(masked.Count > 0);
        Assert.Null(parsed.ParseError);
        Assert.StartsWith("Write to ", parsed.Response, StringComparison.Ordinal);
        Assert.EndsWith(" now", parsed.Response, StringComparison.Ordinal);
        Assert.DoesNotContain("love", parsed.Response, StringComparison.Ordinal);
        Assert.DoesNotContain("lace", parsed.Response, StringComparison.Ordinal);
    }

    [Fact]
    public void Redact_SecretInItemsOfAnArray_Masked()
    {
        const string Array = """[{"candidates":[{"content":{"parts":[{"text":"Write to ada.love"}]},"index":0}]},{"candidates":[{"content":{"parts":[{"text":"lace@example.com now"}]},"index":0}]}]""";

        var masked = BodyRedactor.Default.Redact(Encoding.UTF8.GetBytes(Array), null, "application/json");

        Assert.True(masked.Count > 0);
        Assert.DoesNotContain("love", Encoding.UTF8.GetString(masked.Bytes.Span), StringComparison.Ordinal);
    }

    private static Exchange Stream(byte[] body) => ExchangeParser.Apply(Raw("converse-stream", body, streamed: true));

    private static Exchange Raw(string call, byte[] body, bool streamed = false, string request = Request) =>
        RawExchange.Of("/v1/model/" + call, Encoding.UTF8.GetBytes(request), body, streamed) with
        {
            Path = $"/model/{Uri.EscapeDataString(Model)}/{call}",
            ResponseHeaders = [new("Content-Type", streamed ? "application/vnd.amazon.eventstream" : "application/json")],
        };

    private static byte[] Concat(IEnumerable<byte[]> messages) => [.. messages.SelectMany(message => message)];
}
