namespace Tda.Gateway.Capture;

/// <summary>
/// Tells which bytes of a response are its last as the client sees it, so that they can wait for the log: those that
/// reach the Content-Length, or the event that ends a stream. A wrong guess only delays bytes, it never changes them.
/// </summary>
/// <remarks>
/// Only the beginnings of lines are looked at, so one vectorised search for line ends goes over the bytes, and text that
/// quotes a marker is not taken for one. Nothing is allocated after construction.
/// </remarks>
internal sealed class EndDetector(long? contentLength, bool eventStream)
{
    private const int LongestMarker = 64;

    private readonly byte[] _line = new byte[LongestMarker];
    private int _lineLength;
    private bool _afterCarriageReturn;
    private bool _inEnd;

    // Whether the end's event has not had its blank line yet.
    private bool _open;
    private long _seen;

    private static ReadOnlySpan<byte> Event => "event:"u8;

    /// <summary>How many of the piece's first bytes can go at once; the rest belongs to the end.</summary>
    public int FreeBytes(ReadOnlySpan<byte> piece)
    {
        _seen += piece.Length;
        if (contentLength is { } length)
        {
            return _seen >= length ? 0 : piece.Length;
        }

        return eventStream ? UpToEnd(piece) : piece.Length;
    }

    /// <summary>The start of the last event of the piece if that is an end, and of the ends directly before it.</summary>
    private int UpToEnd(ReadOnlySpan<byte> piece)
    {
        var held = _inEnd ? 0 : -1;
        var at = 0;
        while (at < piece.Length)
        {
            if (_afterCarriageReturn && piece[at] == '\n')
            {
                _afterCarriageReturn = false;
                at++;
                continue;
            }

            _afterCarriageReturn = false;
            var end = piece[at..].IndexOfAny((byte)'\n', (byte)'\r');
            var line = Line(end < 0 ? piece[at..] : piece.Slice(at, end));
            held = Judge(line, end >= 0, at, held);
            if (end < 0)
            {
                break;
            }

            _afterCarriageReturn = piece[at + end] == '\r';
            _lineLength = 0;
            at += end + 1;
        }

        // What follows an end may be its last line ends only: they belong to it.
        _inEnd = held >= 0;
        return held < 0 ? piece.Length : held;
    }

    private int Judge(ReadOnlySpan<byte> line, bool whole, int at, int held)
    {
        if (IsEnd(line))
        {
            _open = true;
            return held < 0 ? at : held;
        }

        if (line.IsEmpty)
        {
            _open = false;
            return held;
        }

        // A line of the end's own event, or one that may yet become a marker, leaves things as they are.
        return _open || (!whole && MayBecomeEnd(line)) ? held : -1;
    }

    /// <summary>The beginning of the line so far, with what earlier pieces brought of it.</summary>
    private ReadOnlySpan<byte> Line(ReadOnlySpan<byte> part)
    {
        var take = Math.Min(part.Length, LongestMarker - _lineLength);
        part[..take].CopyTo(_line.AsSpan(_lineLength));
        _lineLength += take;
        return _line.AsSpan(0, _lineLength);
    }

    private static bool IsEnd(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith(ServerSentEvents.DataField))
        {
            var data = line[ServerSentEvents.DataField.Length..].TrimStart((byte)' ');
            return data.StartsWith("[DONE]"u8) || (data.StartsWith("{\""u8) && IsEndType(AfterType(data)));
        }

        if (!line.StartsWith(Event))
        {
            return false;
        }

        var name = line[Event.Length..].TrimStart((byte)' ');
        return name.StartsWith("error"u8) || IsEndType(name);
    }

    private static bool IsEndType(ReadOnlySpan<byte> type) =>
        type.StartsWith("message_stop"u8) || type.StartsWith("response.completed"u8)
        || type.StartsWith("response.incomplete"u8) || type.StartsWith("response.failed"u8);

    /// <summary>What follows <c>{"type":"</c>; empty when the data begins in another way.</summary>
    private static ReadOnlySpan<byte> AfterType(ReadOnlySpan<byte> data)
    {
        var rest = data[1..].TrimStart((byte)' ');
        if (!rest.StartsWith("\"type\""u8))
        {
            return [];
        }

        rest = rest[6..].TrimStart((byte)' ');
        rest = rest.StartsWith(":"u8) ? rest[1..].TrimStart((byte)' ') : [];
        return rest.StartsWith("\""u8) ? rest[1..] : [];
    }

    /// <summary>Whether more bytes could make a marker of the line's beginning.</summary>
    private static bool MayBecomeEnd(ReadOnlySpan<byte> line) =>
        line.Length < LongestMarker && (MayBecome(line, ServerSentEvents.DataField) || MayBecome(line, Event));

    private static bool MayBecome(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field) =>
        line.Length < field.Length ? field.StartsWith(line) : line.StartsWith(field);
}

/// <summary>The media types that the gateway treats differently.</summary>
internal static class MediaTypes
{
    /// <summary>That of server-sent events.</summary>
    public const string EventStream = "text/event-stream";

    /// <summary>Whether a Content-Type is that of server-sent events, parameters aside.</summary>
    public static bool IsEventStream(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith(EventStream, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a Content-Type is that of Amazon's encoding of events.</summary>
    public static bool IsAmazonEventStream(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith("application/vnd.amazon.eventstream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a Content-Type is that of a stream of events.</summary>
    public static bool IsStream(string? contentType) => IsEventStream(contentType) || IsAmazonEventStream(contentType);

    /// <summary>Whether a Content-Type is that of JSON, parameters aside.</summary>
    public static bool IsJson(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith("application/json", StringComparison.OrdinalIgnoreCase);
}
