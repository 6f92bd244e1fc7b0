using System.Buffers;
using System.Buffers.Text;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// A WebSocket's messages as a body: an event stream, one event a message. Of an exchange that is a connection the request's body holds
/// the client's messages and the response's the upstream's; <c>id</c> counts over both, so that their order can be told.
/// <code>
/// id: 7
/// at: 1234.567
/// event: text
/// data: {"type":"response.created", … }
/// </code>
/// </summary>
/// <remarks>
/// An event stream, so that a text whose pieces are in many messages is masked as a stream's is, and is spooled like one. Keep in sync
/// with docs/formats.md, WebSocket.
/// </remarks>
internal static class WebSocketLog
{
    // A multiple of three, so that only the last step is filled up.
    private const int Base64Step = 3 << 10;

    private const int CloseCodeLength = 2;

    // What a line can't hold, or a reader would not see. Tabs and line feeds stay.
    private static readonly SearchValues<byte> Unprintable = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Except(['\t', '\n']).Select(code => (byte)code), 0x7F]);

    /// <summary>Appends a message.</summary>
    /// <param name="body">Takes the event.</param>
    /// <param name="number">Its place among the messages of both directions, from 1.</param>
    /// <param name="milliseconds">When it was whole, after the request came.</param>
    /// <param name="message">What it is.</param>
    public static void Append(IBufferWriter<byte> body, long number, double milliseconds, WebSocketFrames message)
    {
        body.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"id: {number}\nat: {milliseconds:F3}\nevent: {Name(message.Kind)}\n")));
        if (message.Packed)
        {
            body.Write("packed: permessage-deflate\n"u8);
        }

        if (message.Cut)
        {
            body.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cut: {message.Length}\n")));
        }

        if (message.Kind == WebSocketKind.Close && !message.Cut && TryReadClose(message.Payload, out var code, out var reason))
        {
            body.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"data: {code}")));
            body.Write(reason.IsEmpty ? default : " "u8);
            body.Write(reason);
            body.Write("\n\n"u8);
            return;
        }

        WriteData(body, message.Payload, asText: !message.Packed && message.Kind is not (WebSocketKind.Close or WebSocketKind.Raw));
    }

    /// <summary>The code and the reason of a close frame; false where it has none, or is none that a line can tell.</summary>
    public static bool TryReadClose(ReadOnlySpan<byte> payload, out int code, out ReadOnlySpan<byte> reason)
    {
        var fits = payload.Length >= CloseCodeLength;
        code = fits ? (payload[0] << 8) | payload[1] : 0;
        reason = fits ? payload[CloseCodeLength..] : default;
        return fits && IsText(reason) && !reason.Contains((byte)'\n');
    }

    /// <summary>The messages of a body, in its order; where the body was cut inside one, those before it. Read one by one, for there may be very many.</summary>
    public static IEnumerable<WebSocketMessage> Read(ReadOnlyMemory<byte> body)
    {
        var fields = new Fields();
        while (body.Span.IndexOf((byte)'\n') is var end and >= 0)
        {
            if (end > 0)
            {
                fields.Add(body.Span[..end]);
            }
            else
            {
                yield return fields.ToMessage();
                fields = new();
            }

            body = body[(end + 1)..];
        }
    }

    /// <summary>The messages of both sides, in the order in which they came.</summary>
    public static IEnumerable<(WebSocketMessage Message, bool FromClient)> Read(ReadOnlyMemory<byte> client, ReadOnlyMemory<byte> upstream)
    {
        using var sent = Read(client).GetEnumerator();
        using var received = Read(upstream).GetEnumerator();
        var (hasSent, hasReceived) = (sent.MoveNext(), received.MoveNext());
        while (hasSent || hasReceived)
        {
            var fromClient = hasSent && (!hasReceived || sent.Current.Number < received.Current.Number);
            yield return (fromClient ? sent.Current : received.Current, fromClient);
            (hasSent, hasReceived) = fromClient ? (sent.MoveNext(), hasReceived) : (hasSent, received.MoveNext());
        }
    }

    private static void WriteData(IBufferWriter<byte> body, ReadOnlySpan<byte> payload, bool asText)
    {
        if (!payload.IsEmpty && !(asText && IsText(payload)))
        {
            body.Write("encoding: base64\ndata: "u8);
            for (; !payload.IsEmpty; payload = payload[Math.Min(payload.Length, Base64Step)..])
            {
                var step = payload[..Math.Min(payload.Length, Base64Step)];
                Base64.EncodeToUtf8(step, body.GetSpan(Base64.GetMaxEncodedToUtf8Length(step.Length)), out _, out var written);
                body.Advance(written);
            }

            body.Write("\n\n"u8);
            return;
        }

        while (true)
        {
            var end = payload.IndexOf((byte)'\n');
            body.Write("data: "u8);
            body.Write(end < 0 ? payload : payload[..end]);
            body.Write("\n"u8);
            if (end < 0)
            {
                body.Write("\n"u8);
                return;
            }

            payload = payload[(end + 1)..];
        }
    }

    private static bool IsText(ReadOnlySpan<byte> payload) =>
        !payload.ContainsAny(Unprintable) && System.Text.Unicode.Utf8.IsValid(payload);

    private static string Name(WebSocketKind kind) => ConfigNames.Spell(kind);

    /// <summary>The fields of one event as they come.</summary>
    private sealed class Fields
    {
        private readonly ArrayBufferWriter<byte> _data = new();
        private long _number;
        private double _at;
        private WebSocketKind _kind = WebSocketKind.Raw;
        private long? _cut;
        private bool _packed;
        private bool _base64;
        private bool _hasData;

        public void Add(ReadOnlySpan<byte> line)
        {
            var colon = line.IndexOf((byte)':');
            var name = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? default : line[(colon + 1)..];
            value = value is [(byte)' ', ..] ? value[1..] : value;
            if (name.SequenceEqual("data"u8))
            {
                _data.Write(_hasData ? "\n"u8 : default);
                _data.Write(value);
                _hasData = true;
                return;
            }

            var text = Encoding.UTF8.GetString(value);
            switch (Encoding.UTF8.GetString(name))
            {
                case "id":
                    _ = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _number);
                    break;
                case "at":
                    _ = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _at);
                    break;
                case "event":
                    _kind = Enum.GetValues<WebSocketKind>().FirstOrDefault(kind => Name(kind) == text, WebSocketKind.Raw);
                    break;
                case "encoding":
                    _base64 = text == "base64";
                    break;
                case "packed":
                    _packed = true;
                    break;
                case "cut":
                    _cut = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : 0;
                    break;
                default:
                    // A newer program's.
                    break;
            }
        }

        public WebSocketMessage ToMessage()
        {
            var data = _data.WrittenSpan.ToArray();
            if (_base64 && Base64.IsValid(data, out var length))
            {
                var decoded = new byte[length];
                Base64.DecodeFromUtf8(data, decoded, out _, out _);
                data = decoded;
            }

            return new(_number, _at, _kind, data) { Cut = _cut, Packed = _packed };
        }
    }
}

/// <summary>A message as it was recorded.</summary>
/// <param name="Number">Its place among the messages of both directions, from 1.</param>
/// <param name="At">Milliseconds from the request to its last byte.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Data">Its bytes; of a close, its code and its reason as text.</param>
internal sealed record WebSocketMessage(long Number, double At, WebSocketKind Kind, byte[] Data)
{
    /// <summary>How long the message was where <see cref="Data"/> is only its beginning.</summary>
    public long? Cut { get; init; }

    /// <summary>Whether the data are packed, since they could not be unpacked.</summary>
    public bool Packed { get; init; }
}
