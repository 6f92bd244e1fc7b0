using System.Buffers;

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
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ArrayBufferWriter<byte> _data = new();
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
                _line.Write(piece);
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
        _data.Write(direct);
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
        if (!_line.WrittenSpan.IsEmpty)
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
        var carried = !_line.WrittenSpan.IsEmpty;
        if (carried)
        {
            _line.Write(line);
            line = _line.WrittenSpan;
            _line.ResetWrittenCount(); // keeps the bytes until the next write
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
            _data.Write(direct);
            direct = default;
            if (_hasData)
            {
                _data.Write("\n"u8);
            }

            _data.Write(value);
        }

        _hasData = true;
    }

    private ReadOnlySpan<byte> Dispatch(ReadOnlySpan<byte> direct)
    {
        var data = _data.WrittenSpan.IsEmpty ? direct : _data.WrittenSpan;
        _data.ResetWrittenCount();
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
