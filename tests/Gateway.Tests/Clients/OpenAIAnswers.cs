namespace Tda.Gateway.Tests.Clients;

/// <summary>Answers in the shapes of the OpenAI API (platform.openai.com/docs/api-reference).</summary>
internal static class OpenAIAnswers
{
    private const string Token = """{"token":"Grüße","logprob":-0.25,"bytes":[71,114,195,188,195,159,101],"top_logprobs":[{"token":"Grüße","logprob":-0.25,"bytes":null},{"token":"Hallo","logprob":-1.5,"bytes":null}]}""";
    private const string Call = """{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Köln\"}"}}""";

    public static string Of(string path, string model, bool streamed) => path switch
    {
        "/v1/chat/completions" => streamed ? ChatStream(model) : Chat(model),
        "/v1/completions" => """{"id":"cmpl-1","object":"text_completion","created":1,"model":"completion-1","choices":[{"text":" upon","index":0,"logprobs":{"tokens":[" upon"],"token_logprobs":[-0.5],"top_logprobs":[{" upon":-0.5," a":-2}],"text_offset":[4]},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""",
        "/v1/embeddings" => """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1,2.25]}],"model":"embedding-1","usage":{"prompt_tokens":3,"total_tokens":3}}""",
        "/v1/models" => """{"object":"list","data":[{"id":"m-1","object":"model","created":1,"owned_by":"lab"},{"id":"m-2","object":"model","created":2,"owned_by":"lab"}]}""",
        "/v1/responses" => streamed ? ResponseStream(model) : Response("completed", "null"),
        _ => throw new InvalidOperationException($"no answer for {path}"),
    };

    public static string Error(int status) => status switch
    {
        401 => """{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""",
        429 => """{"error":{"message":"Rate limit reached for requests","type":"requests","param":null,"code":"rate_limit_exceeded"}}""",
        400 => """{"error":{"message":"Invalid value for 'model'","type":"invalid_request_error","param":"model","code":null}}""",
        _ => """{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}""",
    };

    private static string Chat(string model)
    {
        var (message, finish) = model == "tools"
            ? ($$"""{"role":"assistant","content":null,"tool_calls":[{{Call}}],"refusal":null}""", "tool_calls")
            : ("""{"role":"assistant","content":"Grüße 👋!","refusal":null,"annotations":[]}""", "stop");
        var logprobs = model == "logprobs" ? $$"""{"content":[{{Token}}],"refusal":null}""" : "null";
        return $$$"""{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"{{{model}}}-1","choices":[{"index":0,"message":{{{message}}},"logprobs":{{{logprobs}}},"finish_reason":"{{{finish}}}"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}""";
    }

    private static string ChatStream(string model)
    {
        var begin = Chunk(model, """{"role":"assistant","content":"","refusal":null}""");
        var end = Chunk(model, "{}", "\"stop\"") + "data: [DONE]\n\n";
        return begin + model switch
        {
            "tools" => Chunk(model, """{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}""")
                + Chunk(model, """{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}""")
                + Chunk(model, """{"tool_calls":[{"index":0,"function":{"arguments":"\"Köln\"}"}}]}""") + Chunk(model, "{}", "\"tool_calls\"") + "data: [DONE]\n\n",
            "usage" => Chunk(model, """{"content":"Grüße"}""") + Chunk(model, "{}", "\"stop\"")
                + "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"usage-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1,\"total_tokens\":6}}\n\ndata: [DONE]\n\n",
            "logprobs" => Chunk(model, """{"content":"Grüße"}""", logprobs: $$"""{"content":[{{Token}}],"refusal":null}""") + end,
            "broken" => Chunk(model, """{"content":"Gr"}""") + "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
            "endless" => Chunk(model, """{"content":"and on"}"""),
            _ => Chunk(model, """{"content":"Grüße"}""") + Chunk(model, """{"content":" 👋!"}""") + end,
        };
    }

    private static string Chunk(string model, string delta, string finish = "null", string logprobs = "null") =>
        $$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"{{model}}-1","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{{delta}},"logprobs":{{logprobs}},"finish_reason":{{finish}}}]}""" + "\n\n";

    private static string Response(string status, string incomplete) =>
        $$$"""{"id":"resp_1","object":"response","created_at":1,"status":"{{{status}}}","error":null,"incomplete_details":{{{incomplete}}},"instructions":null,"model":"response-1","output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Greet back."}]},{"id":"msg_1","type":"message","status":"{{{status}}}","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Grüße 👋!"}]},{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"weather","arguments":"{}"}],"top_logprobs":0,"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":0},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":9}}""";

    private static string ResponseStream(string model)
    {
        var cut = model == "incomplete";
        var begin = """{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","error":null,"incomplete_details":null,"model":"response-1","output":[],"usage":null}""";
        var number = 0;
        return Event("response.created", $"\"response\":{begin}")
            + Event("response.output_item.added", """ "output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]} """)
            + Event("response.reasoning_summary_text.delta", """ "item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Greet back." """)
            + Event("response.output_item.added", """ "output_index":1,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]} """)
            + Event("response.content_part.added", """ "item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""} """)
            + Event("response.output_text.delta", """ "item_id":"msg_1","output_index":1,"content_index":0,"delta":"Grüße","logprobs":[] """)
            + Event("response.output_text.delta", """ "item_id":"msg_1","output_index":1,"content_index":0,"delta":" 👋!","logprobs":[] """)
            + Event("response.output_text.done", """ "item_id":"msg_1","output_index":1,"content_index":0,"text":"Grüße 👋!","logprobs":[] """)
            + Event("response.output_item.added", """ "output_index":2,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"weather","arguments":""} """)
            + Event("response.function_call_arguments.delta", """ "item_id":"fc_1","output_index":2,"delta":"{}" """)
            + Event("response.output_item.done", """ "output_index":2,"item":{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"weather","arguments":"{}"} """)
            + (cut
                ? Event("response.incomplete", $"\"response\":{Response("incomplete", "{\"reason\":\"max_output_tokens\"}")}")
                : Event("response.completed", $"\"response\":{Response("completed", "null")}"));

        string Event(string type, string rest) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{number++},{rest}}}\n\n";
    }
}
