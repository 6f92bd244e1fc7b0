namespace Tda.Bench.Gateway.Load;

/// <summary>What goes over the wire: chat completions of a usual shape and a set size.</summary>
internal static class Payload
{
    public const string Path = "/v1/chat/completions";
    public const string MessagesPath = "/v1/messages";
    public const int RequestBytes = 500;
    public const int AnswerBytes = 2_048;
    private const string Words = "the ledger of the second quarter shows that every invoice was paid on time and that nothing is owed to the carriers ";

    /// <summary>A request of <see cref="RequestBytes"/> that holds the marker once.</summary>
    public static string Request(string marker, bool stream = false)
    {
        var head = $$"""{"model":"bench-model","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"system","content":"You are a careful clerk."},{"role":"user","content":"{{marker}} """;
        const string Tail = "\"}]}";
        return head + Text(RequestBytes - head.Length - Tail.Length) + Tail;
    }

    /// <summary>As <see cref="Request"/>, in the shape of Anthropic's messages.</summary>
    public static string MessagesRequest(string marker)
    {
        var head = $$"""{"model":"bench-model","max_tokens":400,"system":"You are a careful clerk.","messages":[{"role":"user","content":"{{marker}} """;
        const string Tail = "\"}]}";
        return head + Text(RequestBytes - head.Length - Tail.Length) + Tail;
    }

    /// <summary>An answer of <see cref="AnswerBytes"/>, give or take the id's length.</summary>
    public static string Answer(string id)
    {
        var head = $$"""{"id":"{{id}}","object":"chat.completion","created":1750000000,"model":"bench-model","choices":[{"index":0,"message":{"role":"assistant","content":" """;
        const string Tail = "\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":96,\"completion_tokens\":380,\"total_tokens\":476}}";
        return head + Text(AnswerBytes - head.Length - Tail.Length) + Tail;
    }

    /// <summary>One event of a stream; the time it was sent stands in it as letters.</summary>
    public static string Event(string id, string sent, bool last) =>
        $$"""data: {"id":"{{id}}","object":"chat.completion.chunk","created":1750000000,"model":"bench-model","sent":"{{sent}}","choices":[{"index":0,"delta":{{(last ? "{}" : """{"content":"word "}""")}},"finish_reason":{{(last ? "\"stop\"" : "null")}}}]}""" + "\n\n";

    private static string Text(int length) => string.Create(Math.Max(length, 0), 0, static (text, _) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = Words[i % Words.Length];
        }
    });
}
