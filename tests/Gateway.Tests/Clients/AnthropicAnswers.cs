namespace Tda.Gateway.Tests.Clients;

/// <summary>Answers in the shapes of the Anthropic API (docs.anthropic.com/en/api/messages, messages-streaming).</summary>
internal static class AnthropicAnswers
{
    public static string Of(string path, string model, bool streamed) => path switch
    {
        "/v1/messages" => streamed ? Stream(model) : Message(model),
        "/v1/messages/count_tokens" => """{"input_tokens":11}""",
        "/v1/models" => """{"data":[{"type":"model","id":"m-1","display_name":"M 1","created_at":"2026-01-01T00:00:00Z"}],"has_more":false,"first_id":"m-1","last_id":"m-1"}""",
        _ => throw new InvalidOperationException($"no answer for {path}"),
    };

    public static string Error(int status) => status switch
    {
        400 => """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: must be 1 or more"},"request_id":"req-1"}""",
        401 => """{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req-1"}""",
        429 => """{"type":"error","error":{"type":"rate_limit_error","message":"too many requests"},"request_id":"req-1"}""",
        _ => """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req-1"}""",
    };

    private static string Message(string model)
    {
        var (content, stop) = model == "tools"
            ? ("""[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Köln"}}]""", "tool_use")
            : ("""[{"type":"thinking","thinking":"Greet back.","signature":"c2ln"},{"type":"text","text":"Grüße 👋!"}]""", "end_turn");
        return $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"{{{model}}}-1","content":{{{content}}},"stop_reason":"{{{stop}}}","stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":4}}""";
    }

    private static string Stream(string model)
    {
        var begin = Event("message_start", $$$"""{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"{{{model}}}-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":1} } }""")
            + Event("ping", """{"type":"ping"}""");
        return begin + model switch
        {
            "tools" => Block(0, """{"type":"text","text":""}""", """{"type":"text_delta","text":"Let me look."}""")
                + Block(1, """{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}""", """{"type":"input_json_delta","partial_json":""}""", """{"type":"input_json_delta","partial_json":"{\"city\": \"Kö"}""", """{"type":"input_json_delta","partial_json":"ln\"}"}""")
                + End("tool_use"),
            "broken" => Block(0, """{"type":"text","text":""}""", """{"type":"text_delta","text":"Gr"}""") + Event("error", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""),
            "endless" => Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
                + Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"and on"}}"""),
            _ => Block(0, """{"type":"thinking","thinking":"","signature":""}""", """{"type":"thinking_delta","thinking":"Greet "}""", """{"type":"thinking_delta","thinking":"back."}""", """{"type":"signature_delta","signature":"c2ln"}""")
                + Block(1, """{"type":"text","text":""}""", """{"type":"text_delta","text":"Grüße"}""", """{"type":"text_delta","text":" 👋!"}""")
                + End("end_turn"),
        };
    }

    private static string Block(int index, string block, params string[] deltas) =>
        Event("content_block_start", $$"""{"type":"content_block_start","index":{{index}},"content_block":{{block}}}""")
        + string.Concat(deltas.Select(delta => Event("content_block_delta", $$"""{"type":"content_block_delta","index":{{index}},"delta":{{delta}}}""")))
        + Event("content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""");

    private static string End(string stop) =>
        Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{stop}}}","stop_sequence":null},"usage":{"output_tokens":4}}""")
        + Event("message_stop", """{"type":"message_stop"}""");

    private static string Event(string type, string data) => $"event: {type}\ndata: {data}\n\n";
}
