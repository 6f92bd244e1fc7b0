using System.Text;

namespace Tda.Gateway.Parsing;

/// <summary>
/// Reads server-sent events (WHATWG HTML, 9.2.6) from pieces that may be cut anywhere, inside a character too. Lines end
/// in CR, LF or CRLF; lines that are neither data nor blank are skipped. Text is decoded only once a line is whole.
/// </summary>
internal sealed class SseReader
{
    private readonly List<byte> _line = [];
    private readonly StringBuilder _data = new();
    private readonly Queue<SseEvent> _events = new();
    private bool _hasData;
    private bool _afterCarriageReturn;
    private long _position;
    private long _eventStart;
    private bool _inEvent;
    private bool _firstLine = true;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Takes the next piece and returns the events that it completes.</summary>
    public IEnumerable<SseEvent> Read(ReadOnlySpan<byte> piece)
    {
        foreach (var value in piece)
        {
            Take(value);
            _position++;
        }

        return Drain();
    }

    /// <summary>
    /// The stream's end. Unlike a browser we take an event whose blank line is missing: servers forget it after their last
    /// event, and a record should rather hold too much.
    /// </summary>
    public IEnumerable<SseEvent> Complete()
    {
        if (_line.Count > 0)
        {
            EndLine();
        }

        Dispatch();
        return Drain();
    }

    private List<SseEvent> Drain()
    {
        var events = new List<SseEvent>(_events);
        _events.Clear();
        return events;
    }

    private void Take(byte value)
    {
        if (value == '\n' && _afterCarriageReturn)
        {
            _afterCarriageReturn = false;
            return;
        }

        _afterCarriageReturn = value == '\r';
        if (value is (byte)'\n' or (byte)'\r')
        {
            EndLine();
            return;
        }

        if (!_inEvent)
        {
            _inEvent = true;
            _eventStart = _position;
        }

        _line.Add(value);
    }

    private void EndLine()
    {
        var line = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_line);
        if (_firstLine && line.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        _firstLine = false;
        if (line.IsEmpty)
        {
            Dispatch();
        }
        else if (line.StartsWith("data:"u8))
        {
            AddData(line[5..]);
        }
        else if (line.SequenceEqual("data"u8))
        {
            AddData([]);
        }

        _line.Clear();
    }

    private void AddData(ReadOnlySpan<byte> value)
    {
        if (_hasData)
        {
            _data.Append('\n');
        }

        _hasData = true;
        _data.Append(Encoding.UTF8.GetString(value is [(byte)' ', ..] ? value[1..] : value));
    }

    private void Dispatch()
    {
        if (_hasData)
        {
            _events.Enqueue(new(_data.ToString(), _eventStart));
        }

        _data.Clear();
        _hasData = false;
        _inEvent = false;
    }
}
