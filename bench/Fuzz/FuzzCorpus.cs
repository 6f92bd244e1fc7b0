using System.IO.Compression;

namespace Tda.Bench.Fuzz;

/// <summary>Valid bodies of each protocol, from which inputs are made.</summary>
internal static class FuzzCorpus
{
    private const string Logprobs = """{"content":[{"token":"Gr\u00fc","logprob":-0.25,"bytes":[71,114,195,188],"top_logprobs":[{"token":"Ha","logprob":-1.5,"bytes":null}]}],"refusal":null}""";

    public static IReadOnlyList<byte[]> ChatRequests { get; } = Of(
        """{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"Grüße 👋"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":"42"}],"logprobs":true,"top_logprobs":2,"stream":true}""",
        """{"model":"m","messages":[{"role":"user","content":"\ud83d\udc4b"}],"logprobs":false}""");

    public static IReadOnlyList<byte[]> ChatAnswers { get; } = Of(
        $$$"""{"id":"c","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße","reasoning_content":"why","refusal":null},"logprobs":{{{Logprobs}}},"finish_reason":"stop"},{"index":1,"message":{"content":"x"}}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""",
        """{"choices":[{"message":{"content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}""",
        Chunk("""{"role":"assistant","content":""}""") + Chunk("""{"content":"Gr"}""", Logprobs) + ": ping\r\n\r\n" + Chunk("""{"content":"üße 👋"}""") + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5}}\n\ndata: [DONE]\n\n",
        Chunk("""{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"a"}}]}""") + Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}]}""") + "data: {\"error\":{\"message\":\"x\"}}\n\n");

    public static IReadOnlyList<byte[]> Completions { get; } = Of(
        """{"model":"m","prompt":["a","b"],"logprobs":2,"echo":true}""",
        """{"model":"m","choices":[{"index":0,"text":" b","finish_reason":"length","logprobs":{"tokens":["a"," b"],"token_logprobs":[null,-0.5],"top_logprobs":[null,{" c":-2," b":-0.5}],"text_offset":[0,1]}}],"usage":null}""",
        "data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-1]}}]}\n\ndata: [DONE]\n\n");

    public static IReadOnlyList<byte[]> Responses { get; } = Of(
        """{"model":"m","instructions":"i","input":[{"role":"user","content":[{"type":"input_text","text":"t"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"o"}],"include":["x"],"top_logprobs":0}""",
        """{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"m","top_logprobs":3,"output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}]},{"type":"message","content":[{"type":"output_text","text":"t","logprobs":[{"token":"t","logprob":-1,"bytes":[116],"top_logprobs":[]}]},{"type":"refusal","refusal":"r"}]},{"type":"function_call","name":"f","arguments":"{}"}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}""",
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"model\":\"m\"}}\n\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"é\",\"logprobs\":[{\"token\":\"é\",\"logprob\":-1}]}\n\ndata: {\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"\"}}\n\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"{}\"}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}}\n\n");

    public static IReadOnlyList<byte[]> Messages { get; } = Of(
        """{"model":"m","system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"42"}]}]},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]}],"max_tokens":5}""",
        """{"type":"message","model":"m","content":[{"type":"thinking","thinking":"h"},{"type":"text","text":"t"},{"type":"tool_use","id":"t","name":"f","input":{"a":[1]}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"cache_read_input_tokens":2,"output_tokens":3}}""",
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":1}\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"é\"}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");

    public static IReadOnlyList<byte[]> Others { get; } = Of(
        """{"model":"e","input":["a","b"],"dimensions":3}""",
        """{"object":"list","data":[{"embedding":[0.1,-2e-3],"index":0}],"model":"e-1","usage":{"prompt_tokens":3,"total_tokens":3}}""",
        """{"object":"list","data":[{"id":"m-1"}],"id":"m-1"}""");

    /// <summary>All bodies, for what does not care about protocols.</summary>
    public static IReadOnlyList<byte[]> All { get; } = [.. ChatRequests, .. ChatAnswers, .. Completions, .. Responses, .. Messages, .. Others];

    /// <summary>Packed bodies.</summary>
    public static IReadOnlyList<byte[]> Packed { get; } =
    [
        Pack(output => new GZipStream(output, CompressionLevel.Fastest)), Pack(output => new ZLibStream(output, CompressionLevel.Fastest)),
        Pack(output => new DeflateStream(output, CompressionLevel.Fastest)), Pack(output => new BrotliStream(output, CompressionLevel.Fastest)),
        Pack(output => new ZstdSharp.CompressionStream(output)),
    ];

    private static byte[][] Of(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static string Chunk(string delta, string logprobs = "null") =>
        $$"""data: {"id":"c","model":"m-1","choices":[{"index":0,"delta":{{delta}},"logprobs":{{logprobs}},"finish_reason":null}]}""" + "\n\n";

    private static byte[] Pack(Func<Stream, Stream> pack)
    {
        var output = new MemoryStream();
        using (var packing = pack(output))
        {
            packing.Write(ChatAnswers[2]);
        }

        return output.ToArray();
    }
}
