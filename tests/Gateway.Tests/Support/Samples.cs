namespace Tda.Gateway.Tests.Support;

/// <summary>Bodies in the shapes of the OpenAI API (platform.openai.com/docs/api-reference, chat and completions).</summary>
internal static class Samples
{
    public const string ChatRequest = """{"model":"m-1","messages":[{"role":"user","content":"Grüße? 👋"}],"logprobs":true,"top_logprobs":2}""";

    public const string StreamRequest = """{"model":"m-1","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Grüße? 👋"}],"stream":true}""";

    public const string Chat =
        """
        {"id":"c-1","object":"chat.completion","created":1700000000,"model":"m-1-0613","unknown_field":{"x":[1,2]},
        "choices":[{"index":0,"message":{"role":"assistant","content":"Grüße 👋!","refusal":null},"finish_reason":"stop",
        "logprobs":{"content":[{"token":"Grüße","logprob":-0.25,"bytes":[71,114,195,188,195,159,101],"top_logprobs":[
        {"token":"Grüße","logprob":-0.25,"bytes":null},{"token":"Hallo","logprob":-1.5,"bytes":null}]},
        {"token":" 👋!","logprob":-0.5,"bytes":null,"top_logprobs":[]}],"refusal":null}}],
        "usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}
        """;

    /// <summary>The chat answer "Grüße 👋!" in the pieces of a stream.</summary>
    public const string ChatStream =
        "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-1-0613\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
        + ": a comment\n"
        + "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-1-0613\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße\"},\"logprobs\":{\"content\":[{\"token\":\"Grüße\",\"logprob\":-0.25,\"bytes\":[71,114,195,188,195,159,101],\"top_logprobs\":[{\"token\":\"Hallo\",\"logprob\":-1.5,\"bytes\":null}]}]},\"finish_reason\":null}]}\r\n\r\n"
        + "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-1-0613\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" 👋!\"},\"finish_reason\":\"stop\"}]}\n\n"
        + "data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m-1-0613\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n"
        + "data: [DONE]\n\n";

    public const string Answer = "Grüße 👋!";

    public static string Json(string body, string status = "200 OK", string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}";

    /// <summary>One chunk of a chat's stream.</summary>
    public static string Delta(string content, string? finish = null) =>
        $"data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{JsonSerializer.Serialize(content)}}},\"finish_reason\":{JsonSerializer.Serialize(finish)}}}]}}\n\n";
}
