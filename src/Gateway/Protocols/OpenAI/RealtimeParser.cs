using Microsoft.AspNetCore.WebUtilities;
using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Protocols.OpenAI;

/// <summary>
/// Reads a connection of the Realtime API, or of the responses API over a WebSocket. A connection is a talk of several turns: the
/// exchange's response is the last turn's, and its messages are what that turn answered, earlier answers among them. Tokens are those of all turns.
/// </summary>
internal static class RealtimeParser
{
    // Each turn has all before it in its prompt.
    private const int MostTurns = 1000;

    /// <summary>Whether a message of the upstream's ends an answer. Looked at while messages pass: reads up to its type only.</summary>
    public static bool EndsAnswer(ReadOnlySpan<byte> message) => TryReadType(message) is { } type && RealtimeConversation.IsEnd(type);

    /// <summary>Reads the messages of both sides.</summary>
    public static void Read(Exchange raw, ParsedExchange parsed)
    {
        var talk = Talk(raw, parsed);
        var last = talk.Turns.LastOrDefault();
        parsed.Model = talk.Model ?? ModelInQuery(raw.Path);
        parsed.Usage = talk.Usage;
        var messages = last is null ? talk.Messages() : last.Messages();
        if (messages.Count > 0)
        {
            parsed.Messages = messages;
            parsed.Prompt = ChatText.Render(messages);
        }

        if (last is not null)
        {
            _ = last.Text.Text is { } text && parsed.Text.Append(text);
            parsed.ToolCalls = last.Calls.ToJson();
            parsed.FinishReason = last.FinishReason;
            parsed.StreamCut = !last.Done;
        }

        var cut = ExchangeTags.IsRequest(ExchangeTags.Cut, raw.Tags) || ExchangeTags.IsResponse(ExchangeTags.Cut, raw.Tags);
        if (cut || raw.RequestBody.Truncated || raw.ResponseBody.Truncated)
        {
            // What the last turn was can't be told.
            parsed.StreamCut = false;
            parsed.AddError($"messages: {(cut ? ExchangeParser.OutOfMemory : ExchangeParser.TooLong)}, parsed up to there");
        }
    }

    /// <summary>What was answered to what, turn by turn; turns that did not end, or without text, are left out.</summary>
    public static IEnumerable<(string Prompt, IReadOnlyList<ChatMessage> Messages, string Response)> Turns(Exchange raw) =>
        from turn in Talk(raw, new()).Turns.Take(MostTurns)
        where turn is { FinishReason: "completed", Text.Text.Length: > 0 }
        let messages = turn.Messages()
        where messages.Count > 0
        select (ChatText.Render(messages), (IReadOnlyList<ChatMessage>)messages, turn.Text.Text!);

    /// <summary>The model that a Realtime connection is opened for.</summary>
    private static string? ModelInQuery(string path) =>
        path.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 && QueryHelpers.ParseQuery(path[query..]).TryGetValue("model", out var model) ? model[0] : null;

    private static RealtimeConversation Talk(Exchange raw, ParsedExchange parsed)
    {
        var talk = new RealtimeConversation();
        foreach (var (message, fromClient) in WebSocketLog.Read(raw.RequestBody.Bytes, raw.ResponseBody.Bytes))
        {
            try
            {
                if (message is not { Kind: WebSocketKind.Text or WebSocketKind.Binary, Cut: null, Packed: false } || TryReadType(message.Data) is not { } type)
                {
                    continue;
                }

                if (fromClient)
                {
                    talk.FromClient(type, message.Data);
                }
                else
                {
                    talk.FromUpstream(type, message.Data);
                }
            }
            catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
            {
                parsed.AddError(string.Create(CultureInfo.InvariantCulture, $"message {message.Number}: {error.Message}"));
            }
        }

        return talk;
    }

    private static string? TryReadType(ReadOnlySpan<byte> message)
    {
        try
        {
            var reader = new Utf8JsonReader(message);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? JsonRead.Peek(reader, "type"u8) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Audio, say, or another protocol's text.
            return null;
        }
    }
}
