namespace Tda.Core.Text;

/// <summary>
/// Reads server-sent events (WHATWG HTML, 9.2.6) from pieces that may be cut anywhere, inside a character too. Lines end
/// in CR, LF or CRLF; lines that are neither data nor blank are skipped. An event with one data line inside one piece, as
/// they all are when a whole body is read, is a view into that piece; only what lies across pieces is copied.
/// </summary>
/// <code>
/// while (reader.TryRead(ref piece, out var one)) { … }    // for each piece
/// if (reader.TryComplete(out var last)) { … }             // at the stream's end
/// </code>
public sealed class SseReader
{
    private readonly ByteBuffer _line = new();
    private readonly ByteBuffer _data = new();
    private bool _hasData;
    private bool _afterCarriageReturn;
    private bool _inEvent;
    private bool _firstLine = true;
    private long _position;
    private long _eventStart;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Takes the piece up to the end of the next event and gives that; false when the piece is used up.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> piece, out SseEvent one)
    {
        ReadOnlySpan<byte> direct = default;
        while (!piece.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (piece[0] == '\n')
                {
                    Take(ref piece, 1);
                    continue;
                }
            }

            var end = piece.IndexOfAny((byte)'\r', (byte)'\n');
            if (end != 0 && !_inEvent)
            {
                _inEvent = true;
                _eventStart = _position;
            }

            if (end < 0)
            {
                _line.Append(piece);
                Take(ref piece, piece.Length);
                break;
            }

            _afterCarriageReturn = piece[end] == '\r';
            var line = piece[..end];
            Take(ref piece, end + 1);
            if (EndLine(line, ref direct))
            {
                one = new(Dispatch(direct), _eventStart);
                return true;
            }
        }

        // The piece is gone after this call, and so must be our view into it.
        _data.Append(direct);
        one = default;
        return false;
    }

    /// <summary>
    /// The stream's end. Unlike a browser we take an event whose blank line is missing: servers forget it after their last
    /// event, and a record should rather hold too much.
    /// </summary>
    public bool TryComplete(out SseEvent one)
    {
        ReadOnlySpan<byte> direct = default;
        if (!_line.Span.IsEmpty)
        {
            EndLine([], ref direct);
        }

        var has = _hasData;
        one = has ? new(Dispatch(direct), _eventStart) : default;
        return has;
    }

    private void Take(ref ReadOnlySpan<byte> piece, int count)
    {
        piece = piece[count..];
        _position += count;
    }

    /// <summary>Takes a line and says whether an event ends with it.</summary>
    private bool EndLine(ReadOnlySpan<byte> line, ref ReadOnlySpan<byte> direct)
    {
        var carried = !_line.Span.IsEmpty;
        if (carried)
        {
            _line.Append(line);
            line = _line.Span;
            _line.Clear();
        }

        if (_firstLine)
        {
            _firstLine = false;
            line = line.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;
        }

        if (line.IsEmpty)
        {
            _inEvent = false;
            return _hasData;
        }

        if (line.StartsWith("data"u8) && (line.Length == 4 || line[4] == ':'))
        {
            var value = line.Length == 4 ? [] : line[5..];
            AddData(value is [(byte)' ', ..] ? value[1..] : value, carried, ref direct);
        }

        return false;
    }

    private void AddData(ReadOnlySpan<byte> value, bool carried, ref ReadOnlySpan<byte> direct)
    {
        if (!_hasData && !carried)
        {
            direct = value;
        }
        else
        {
            _data.Append(direct);
            direct = default;
            if (_hasData)
            {
                _data.Append("\n"u8);
            }

            _data.Append(value);
        }

        _hasData = true;
    }

    private ReadOnlySpan<byte> Dispatch(ReadOnlySpan<byte> direct)
    {
        var data = _data.Span.IsEmpty ? direct : _data.Span;
        _data.Clear();
        _hasData = false;
        _inEvent = false;
        return data;
    }
}

/// <summary>One server-sent event; valid until the reader's next call.</summary>
/// <param name="data">Its data lines as sent, joined by line feeds; not checked to be UTF-8.</param>
/// <param name="offset">Where in the stream its first byte is.</param>
public readonly ref struct SseEvent(ReadOnlySpan<byte> data, long offset)
{
    public ReadOnlySpan<byte> Data { get; } = data;

    public long Offset { get; } = offset;
}

/// <summary>Bytes that grow. Clearing it keeps the bytes readable until the next append.</summary>
internal sealed class ByteBuffer
{
    private const int First = 512;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (_length + bytes.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(First, Math.Max(_length + bytes.Length, 2 * _bytes.Length)));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Clear() => _length = 0;
}
