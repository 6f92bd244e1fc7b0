using System.Buffers;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Tda.Gateway.Protocols;

namespace Tda.Gateway.Tests.Protocols;

public class LogprobStripperTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Responses = "/v1/responses";
    private const string Logprobs = """{"content":[{"token":"\"}]","logprob":-0.1,"bytes":[34],"top_logprobs":[{"token":"\\","logprob":-2}]}],"refusal":null}""";

    public static TheoryData<string, bool, string, string> Answers => new()
    {
        { Chat, false, $$"""{"choices":[{"index":0,"logprobs": {{Logprobs}} ,"x":1},{"logprobs":{{Logprobs}}}]}""", """{"choices":[{"index":0,"logprobs": null ,"x":1},{"logprobs":null}]}""" },
        { Chat, false, """{"choices":[{"logprobs":null}]}""", """{"choices":[{"logprobs":null}]}""" },
        { "/v1/completions", false, """{"choices":[{"text":"a","logprobs":{"tokens":["a"],"text_offset":[0]}}]}""", """{"choices":[{"text":"a","logprobs":null}]}""" },
        { Chat, true, Stream(Logprobs, "\n"), Stream("null", "\n") },
        { Chat, true, Stream(Logprobs, "\r\n"), Stream("null", "\r\n") },
        { Chat, true, Stream(Logprobs, "\r"), Stream("null", "\r") },
        { Chat, true, "data: {\"choices\":[{\"logprobs\":{\ndata: \"content\":[]},\"y\":2}]}\n\n", "data: {\"choices\":[{\"logprobs\":null\ndata:,\"y\":2}]}\n\n" },
        {
            Responses, false,
            """{"top_logprobs":5,"output":[{"content":[{"type":"output_text","logprobs":[{"token":"]"}],"text":"logprobs"}]}],"tools":[{"logprobs":[1]}]}""",
            """{"top_logprobs":0,"output":[{"content":[{"type":"output_text","logprobs":[],"text":"logprobs"}]}],"tools":[{"logprobs":[1]}]}"""
        },
        {
            Responses, true,
            "event: response.output_text.delta\ndata: {\"delta\":\"a\",\"logprobs\":[{\"token\":\"a\"}]}\n\ndata: {\"part\":{\"logprobs\":[{}]}}\n\ndata: {\"item\":{\"content\":[{\"logprobs\":[1]}]}}\n\ndata: {\"response\":{\"top_logprobs\": 20,\"output\":[{\"content\":[{\"logprobs\":[1,2]}]}]}}\n\n",
            "event: response.output_text.delta\ndata: {\"delta\":\"a\",\"logprobs\":[]}\n\ndata: {\"part\":{\"logprobs\":[]}}\n\ndata: {\"item\":{\"content\":[{\"logprobs\":[]}]}}\n\ndata: {\"response\":{\"top_logprobs\": 0,\"output\":[{\"content\":[{\"logprobs\":[]}]}]}}\n\n"
        },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Write_CutAtEveryByte_WhatADirectCallGives(string route, bool eventStream, string asked, string direct)
    {
        var bytes = Encoding.UTF8.GetBytes(asked);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(direct, Encoding.UTF8.GetString(Strip(route, eventStream, bytes, [cut])));
        }

        Assert.Equal(direct, Encoding.UTF8.GetString(Strip(route, eventStream, bytes, [.. Enumerable.Range(0, bytes.Length)])));
    }

    [Theory]
    [InlineData("""{"x":{"choices":[{"logprobs":{}}]}}""")]
    [InlineData("""{"choices":{"*":{"logprobs":{}}}}""")]
    [InlineData("""{"choices":{"logprobs":{}}}""")]
    [InlineData("""{"choices":[["logprobs",{}]]}""")]
    [InlineData("""{"choices":[{"message":{"logprobs":{}}}],"logprobs":{}}""")]
    [InlineData("""{"choices":[{"a":"logprobs","b":{}}]}""")]
    [InlineData("""{"choices":[{"logprobs":"text"}]}""")]
    [InlineData("]]}}{\"choices\"")]
    public void Write_OtherPlacesOrShapes_Unchanged(string answer) =>
        Assert.Equal(answer, Encoding.UTF8.GetString(Strip(Chat, false, Encoding.UTF8.GetBytes(answer), [3, 9, 20])));

    [Fact]
    public void Write_AnswerEndsInsideLogprobs_NothingOfThemGoesOut() => Assert.Equal(
        """{"choices":[{"logprobs":null""", Encoding.UTF8.GetString(Strip(Chat, false, """{"choices":[{"logprobs":{"content":[{"token":"a"""u8.ToArray(), [])));

    [Fact]
    public void Write_EventBreaksOffInsideLogprobs_TheNextEventIsWhole() => Assert.Equal(
        "data: {\"choices\":[{\"logprobs\":null\n\ndata: {\"a\":1}\n\n",
        Encoding.UTF8.GetString(Strip(Chat, true, "data: {\"choices\":[{\"logprobs\":{\"x\n\ndata: {\"a\":1}\n\n"u8.ToArray(), [])));

    [Fact]
    public void Write_AnyAnswer_OnlyTheChoicesLogprobsDiffer()
    {
        var leaf = Gen.Elements("null", "1.5e3", "\"a\\\"}]{[,:\"", "true", "\"logprobs\"");
        var value = Gen.Sized(size => Value(leaf, Math.Min(size, 4)));
        var choice = Gen.Zip(value, Gen.Elements("null", "{\"content\":[{\"token\":\"{\"}]}", "[]", "{}"))
            .Select(pair => $"{{\"index\":0,\"v\":{pair.Item1}, \"logprobs\" : {pair.Item2}}}");
        var answer = Gen.Zip(choice.ArrayOf(), value).Select(pair => $"{{\"pre\":{pair.Item2},\"choices\":[{string.Join(" ,", pair.Item1)}],\"post\":{pair.Item2}}}");
        TestKit.Property.Holds(Gen.Zip(answer, Gen.Choose(0, 300).ArrayOf()), sample =>
        {
            var stripped = Strip(Chat, false, Encoding.UTF8.GetBytes(sample.Item1), sample.Item2);
            var expected = JsonNode.Parse(sample.Item1)!;
            foreach (var one in expected["choices"]!.AsArray())
            {
                one!["logprobs"] = null;
            }

            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(stripped)), sample.Item1);
        }, cases: 1_000);
    }

    [Fact]
    public void Write_AnyBytesCutAnywhere_SameAsWholeAndUnchangedWithoutThePlaces()
    {
        var piece = Gen.Elements("{", "}", "[", "]", "\"", "\\", "choices", "\"choices\"", "\"logprobs\"", ":", ",", "data: ", "\n", "\r", "\n\n", "é", "1", " ", "null");
        var text = piece.ArrayOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        TestKit.Property.Holds(Gen.Zip(text, Gen.Choose(0, 120).ArrayOf()), sample =>
        {
            foreach (var eventStream in (bool[])[false, true])
            {
                Assert.Equal(Strip(Chat, eventStream, sample.Item1, []), Strip(Chat, eventStream, sample.Item1, sample.Item2));
                Assert.Equal(sample.Item1.Length, Strip("/v1/responses", eventStream, [.. sample.Item1.Select(b => b == 'l' ? (byte)'L' : b)], sample.Item2).Length);
            }
        }, cases: 3_000);
    }

    private static Gen<string> Value(Gen<string> leaf, int depth) => depth == 0
        ? leaf
        : Gen.OneOf(
            leaf,
            Value(leaf, depth - 1).ArrayOf(3).Select(items => $"[{string.Join(", ", items)}]"),
            Value(leaf, depth - 1).ArrayOf(2).Select(items => $"{{{string.Join(",", items.Select((item, i) => $"\"k{i}\": {item}"))}}}"));

    private static string Stream(string logprobs, string end) =>
        $": hello{end}data: {{\"choices\":[{{\"delta\":{{\"content\":\"é\"}},\"logprobs\":{logprobs},\"z\":[]}}]}}{end}{end}"
        + $"event: x{end}data:{{\"choices\":[{{\"logprobs\":{logprobs}}}]}}{end}{end}data: {{\"choices\":[],\"usage\":{{}}}}{end}{end}data: [DONE]{end}{end}";

    private static byte[] Strip(string route, bool eventStream, byte[] bytes, int[] cuts)
    {
        var stripper = new LogprobStripper(route, eventStream);
        var output = new ArrayBufferWriter<byte>();
        var start = 0;
        foreach (var cut in cuts.Where(c => c <= bytes.Length).Order())
        {
            stripper.Write(bytes.AsSpan(start, cut - start), output);
            start = cut;
        }

        stripper.Write(bytes.AsSpan(start), output);
        return output.WrittenSpan.ToArray();
    }
}
