using FsCheck;
using FsCheck.Fluent;
using Tda.Gateway.Protocols;
using Tda.Gateway.Tests.Clients;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Protocols;

/// <summary>Whatever the bodies hold, the parser answers, and leaves the bytes as they are. (A million inputs: the benchmark's verb fuzz.)</summary>
public class ParserFuzzTests
{
    private const int Cases = 2_000;

    private static readonly Gen<byte[]> Pieces = Gen.Elements(
        "\"", "\\", "{", "}", "[", "]", ":", ",", "\n\n", "data: ", "null", "1e999", "-1", "99999999999999999999999", "\\ud800", "\"index\":0,", "\"choices\":[{}],", "\"type\":5,",
        "\"content\":{},", "\"logprobs\":[1],", "\"usage\":{\"input_tokens\":9223372036854775807},", "\"delta\":\"x\",", "\"item\":{\"type\":\"x_call\"},", new string('[', 80)).Select(Encoding.UTF8.GetBytes);

    private static readonly Gen<byte[]> Noise = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    public static TheoryData<string, string> Routes => new()
    {
        { "/v1/chat/completions", "plain" }, { "/v1/chat/completions", "tools" }, { "/v1/chat/completions", "logprobs" }, { "/v1/completions", "completion" },
        { "/v1/responses", "response" }, { "/v1/responses", "incomplete" }, { "/v1/embeddings", "embedding" }, { "/v1/messages", "plain" }, { "/v1/messages", "tools" },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public void Apply_ValidAnswerMutated_AnswersAndLeavesTheBytes(string route, string model)
    {
        Func<string, string, bool, string> answer = route == "/v1/messages" ? AnthropicAnswers.Of : OpenAIAnswers.Of;
        foreach (var streamed in route is "/v1/completions" or "/v1/embeddings" ? [false] : (bool[])[false, true])
        {
            var valid = Encoding.UTF8.GetBytes(answer(route, model, streamed));
            Assert.Null(ExchangeParser.Apply(RawExchange.Of(route, "{}"u8.ToArray(), valid, streamed)).ParseError?.Split("response:").ElementAtOrDefault(1));
            TestKit.Property.Holds(Mutated(valid), bytes => Answers(RawExchange.Of(route, bytes, (byte[])bytes.Clone(), streamed)), Cases / 2);
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/models:streamGenerateContent")]
    [InlineData("/v1/model/converse-stream")]
    public void Apply_AnyBytes_Answers(string route)
    {
        var json = Gen.OneOf(Noise, Pieces.ArrayOf().Select(pieces => pieces.SelectMany(piece => piece).ToArray()));
        TestKit.Property.Holds(Gen.Zip(json, json), pair =>
        {
            Answers(RawExchange.Of(route, pair.Item1, pair.Item2, streamed: true));
            Answers(RawExchange.Of(route, pair.Item2, pair.Item1, streamed: false));
        }, Cases);
    }

    [Fact]
    public void Apply_AmazonsStreamMutated_Answers()
    {
        byte[] valid =
        [
            .. EventStreamBytes.Event("contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hi\"}}"), .. EventStreamBytes.Event("messageStop", "{\"stopReason\":\"x\"}"),
            .. EventStreamBytes.Exception("throttlingException", "{}"),
        ];
        TestKit.Property.Holds(Mutated(valid), bytes =>
        {
            var raw = RawExchange.Of("/v1/model/converse-stream", "{}"u8.ToArray(), bytes, streamed: true) with { ResponseHeaders = [new("content-type", "application/vnd.amazon.eventstream")] };
            Answers(raw);
            Answers(raw with { ResponseBody = raw.ResponseBody with { Redactions = 1 } });
        }, Cases);
    }

    [Fact]
    public void Decode_AnyBytes_AnswersWithinTheLimit() => TestKit.Property.Holds(
        Gen.Zip(Gen.Elements("gzip", "deflate", "br", "zstd", "br, gzip", "x"), Noise), pair =>
        {
            var head = pair.Item1 == "zstd" ? [0x28, 0xB5, 0x2F, 0xFD] : pair.Item1 == "gzip" ? [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] : (byte[])[];
            Assert.True(ContentDecoder.Decode((byte[])[.. head, .. pair.Item2], pair.Item1, limit: 500).Bytes.Length <= 500);
        }, Cases);

    private static Gen<byte[]> Mutated(byte[] valid)
    {
        var insert = Gen.Zip(Gen.Choose(0, valid.Length), Gen.OneOf(Pieces, Noise)).Select(pair => (byte[])[.. valid[..pair.Item1], .. pair.Item2, .. valid[pair.Item1..]]);
        var remove = Gen.Zip(Gen.Choose(0, valid.Length - 1), Gen.Choose(1, 60)).Select(pair => (byte[])[.. valid[..pair.Item1], .. valid.Skip(pair.Item1 + pair.Item2)]);
        var flip = Gen.Zip(Gen.Choose(0, valid.Length - 1), Gen.Choose(0, 255)).Select(pair => (byte[])[.. valid[..pair.Item1], (byte)pair.Item2, .. valid[(pair.Item1 + 1)..]]);
        var cut = Gen.Choose(0, valid.Length).Select(length => valid[..length]);
        return Gen.OneOf(insert, remove, flip, cut);
    }

    private static void Answers(Exchange raw)
    {
        var (request, response) = ((byte[])raw.RequestBody.Bytes.Clone(), (byte[])raw.ResponseBody.Bytes.Clone());

        var parsed = ExchangeParser.Apply(raw, out var first);

        Assert.True(first is null || (first >= 0 && first < response.Length));
        Assert.Equal(request, parsed.RequestBody.Bytes);
        Assert.Equal(response, parsed.ResponseBody.Bytes);
    }
}
