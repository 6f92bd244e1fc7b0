using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Tda.Gateway.Tests.Support;

/// <summary>
/// A Realtime server in few lines: events in the shapes of platform.openai.com/docs/api-reference/realtime-server-events. It answers
/// each <c>response.create</c> with what the last item of the user said, in pieces, and as audio where the session asks for that.
/// </summary>
internal static class RealtimeScript
{
    public const string Instructions = "Be kind.";

    /// <summary>The base64 of 300 bytes that are no text.</summary>
    public static string Audio { get; } = Convert.ToBase64String([.. Enumerable.Range(0, 300).Select(i => (byte)(i * 7 % 256))]);

    public static async Task ServeAsync(WebSocket socket)
    {
        var turn = 0;
        var said = "";
        await SocketUpstream.SendAsync(socket, """{"type":"session.created","event_id":"e","session":{"id":"s","model":"gpt-realtime-1","instructions":"default"}}""");
        while (await SocketUpstream.ReceiveTextAsync(socket) is { } text)
        {
            var one = JsonNode.Parse(text)!;
            switch ((string?)one["type"])
            {
                case "session.update":
                    await SocketUpstream.SendAsync(socket, $$"""{"type":"session.updated","event_id":"e","session":{{one["session"]!.ToJsonString()}}}""");
                    break;
                case "conversation.item.create":
                    said = (string?)one["item"]!["content"]![0]!["text"] ?? "";
                    await SocketUpstream.SendAsync(socket, $$$"""{"type":"conversation.item.added","event_id":"e","item":{"id":"item-{{{turn}}}","type":"message","role":"user"}}""");
                    break;
                case "response.create":
                    foreach (var answer in Answer(++turn, said))
                    {
                        await SocketUpstream.SendAsync(socket, answer);
                    }

                    break;
                default:
                    break;
            }
        }

        await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, CancellationToken.None);
    }

    /// <summary>The responses API over a WebSocket: each call is answered as it would be in a stream of events.</summary>
    public static async Task AnswerCallsAsync(WebSocket socket)
    {
        for (var call = 1; await SocketUpstream.ReceiveTextAsync(socket) is { } text; call++)
        {
            var said = (string)JsonNode.Parse(text)!["input"]!.AsArray()[^1]!["content"]!;
            var head = $"\"id\":\"r{call}\",\"object\":\"response\",\"model\":\"gpt-5-1\"";
            await SocketUpstream.SendAsync(socket, $$$"""{"type":"response.created","sequence_number":0,"response":{{{{head}}},"status":"in_progress","output":[]}}""");
            foreach (var piece in Answered(said).Chunk(5))
            {
                await SocketUpstream.SendAsync(socket, $$"""{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":{{JsonSerializer.Serialize(new string(piece))}}}""");
            }

            await SocketUpstream.SendAsync(socket, $$$$"""{"type":"response.completed","response":{{{{{head}}}},"status":"completed","output":[],"usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}}}""");
        }

        await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, CancellationToken.None);
    }

    /// <summary>A client's events for one turn.</summary>
    public static string[] Ask(string text) =>
    [
        JsonSerializer.Serialize(new { type = "conversation.item.create", item = new { type = "message", role = "user", content = new[] { new { type = "input_text", text } } } }),
        """{"type":"response.create"}""",
    ];

    public static string Answered(string said) => $"You said: {said}";

    private static IEnumerable<string> Answer(int turn, string said)
    {
        var head = $"\"event_id\":\"e\",\"response_id\":\"r{turn}\",\"item_id\":\"a{turn}\",\"output_index\":0,\"content_index\":0";
        yield return $$$"""{"type":"response.created","event_id":"e","response":{"id":"r{{{turn}}}","status":"in_progress","conversation_id":"c","output":[]}}""";
        yield return $$$"""{"type":"response.output_item.added","event_id":"e","response_id":"r{{{turn}}}","output_index":0,"item":{"id":"a{{{turn}}}","type":"message","role":"assistant","content":[]}}""";
        yield return $$"""{"type":"response.output_audio.delta",{{head}},"delta":"{{Audio}}"}""";
        foreach (var piece in Answered(said).Chunk(5))
        {
            yield return $$"""{"type":"response.output_text.delta",{{head}},"delta":{{JsonSerializer.Serialize(new string(piece))}}}""";
        }

        yield return $$$$"""{"event_id":"e","type":"response.done","response":{"id":"r{{{{turn}}}}","status":"completed","status_details":{"type":"completed"},"output":[{"id":"a{{{{turn}}}}","type":"message","role":"assistant","content":[{"type":"output_text","text":{{{{JsonSerializer.Serialize(Answered(said))}}}}}]}],"usage":{"total_tokens":12,"input_tokens":8,"output_tokens":4}}}""";
    }
}
