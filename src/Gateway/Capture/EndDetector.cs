namespace Tda.Gateway.Capture;

/// <summary>
/// Tells which bytes of a response are its last as the client sees it, so that they can wait for the log: those that
/// reach the Content-Length, or the event that ends a stream. A wrong guess only delays bytes, it never changes them.
/// </summary>
internal sealed class EndDetector(long? contentLength, bool eventStream)
{
    private const int LongestMarker = 19;

    private readonly byte[] _tail = new byte[LongestMarker - 1];
    private long _seen;
    private int _tailLength;

    private static ReadOnlySpan<byte> Done => "data: [DONE]"u8;

    private static ReadOnlySpan<byte> DoneWithoutSpace => "data:[DONE]"u8;

    private static ReadOnlySpan<byte> MessageStop => "event: message_stop"u8;

    /// <summary>How many of the piece's first bytes can go at once; the rest belongs to the end.</summary>
    public int FreeBytes(ReadOnlySpan<byte> piece)
    {
        _seen += piece.Length;
        if (contentLength is { } length)
        {
            return _seen >= length ? 0 : piece.Length;
        }

        return eventStream ? UpToMarker(piece) : piece.Length;
    }

    private int UpToMarker(ReadOnlySpan<byte> piece)
    {
        var start = FirstMarker(piece);
        if (start < 0 && _tailLength > 0)
        {
            // A marker may lie across the boundary: then all of this piece is the end.
            Span<byte> seam = stackalloc byte[2 * LongestMarker];
            var head = piece[..Math.Min(piece.Length, LongestMarker)];
            _tail.AsSpan(0, _tailLength).CopyTo(seam);
            head.CopyTo(seam[_tailLength..]);
            start = FirstMarker(seam[..(_tailLength + head.Length)]) >= 0 ? 0 : -1;
        }

        KeepTail(piece);
        return start < 0 ? piece.Length : start;
    }

    private static int FirstMarker(ReadOnlySpan<byte> bytes)
    {
        var done = bytes.IndexOf(Done);
        done = done < 0 ? bytes.IndexOf(DoneWithoutSpace) : done;
        return done < 0 ? bytes.IndexOf(MessageStop) : done;
    }

    private void KeepTail(ReadOnlySpan<byte> piece)
    {
        if (piece.Length >= _tail.Length)
        {
            piece[^_tail.Length..].CopyTo(_tail);
            _tailLength = _tail.Length;
            return;
        }

        var old = Math.Min(_tailLength, _tail.Length - piece.Length);
        _tail.AsSpan(_tailLength - old, old).CopyTo(_tail);
        piece.CopyTo(_tail.AsSpan(old));
        _tailLength = old + piece.Length;
    }
}
