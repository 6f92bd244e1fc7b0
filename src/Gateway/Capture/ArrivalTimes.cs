namespace Tda.Gateway.Capture;

/// <summary>When each piece of a response came, so that the time of the first token can be told after parsing.</summary>
internal sealed class ArrivalTimes
{
    // Only the first token is asked for: should it come later than in this many pieces, the last one noted stands for it.
    private const int Capacity = 4096;

    // Two numbers of seven bits a byte, at most ten bytes each.
    private const int MaxEncoded = 20;

    // Most answers come in one piece or two.
    private (long End, long Microseconds)[] _pieces = new (long, long)[2];
    private int _count;

    /// <summary>Notes that the body had reached <paramref name="end"/> bytes some microseconds after the request came.</summary>
    public void Add(long end, long microseconds)
    {
        if (_count < Capacity)
        {
            if (_count == _pieces.Length)
            {
                Array.Resize(ref _pieces, 4 * _count);
            }

            _pieces[_count++] = (end, microseconds);
        }
    }

    /// <summary>Microseconds from the request to the piece that brought byte <paramref name="offset"/>; null when nothing came.</summary>
    public long? At(long offset)
    {
        if (_count == 0)
        {
            return null;
        }

        // The first piece whose end is beyond the offset.
        int low = 0, high = _count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _pieces[middle].End > offset ? (low, middle) : (middle + 1, high);
        }

        return _pieces[low].Microseconds;
    }

    /// <summary>The times in few bytes: differences, seven bits a byte.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[MaxEncoded * _count];
        var used = 0;
        (long End, long Microseconds) last = default;
        foreach (var piece in _pieces.AsSpan(0, _count))
        {
            used = Write(bytes, used, piece.End - last.End);
            used = Write(bytes, used, piece.Microseconds - last.Microseconds);
            last = piece;
        }

        return bytes[..used];
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not whole.</exception>
    public static ArrivalTimes Read(ReadOnlySpan<byte> bytes)
    {
        var times = new ArrivalTimes();
        (long End, long Microseconds) last = default;
        while (!bytes.IsEmpty)
        {
            last = (last.End + Take(ref bytes), last.Microseconds + Take(ref bytes));
            times.Add(last.End, last.Microseconds);
        }

        return times;
    }

    private static int Write(byte[] bytes, int at, long value)
    {
        // Neither the body nor the clock goes back.
        var rest = (ulong)Math.Max(0, value);
        while (rest >= 0x80)
        {
            bytes[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        bytes[at++] = (byte)rest;
        return at;
    }

    private static long Take(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return (long)value;
            }
        }

        throw new InvalidDataException("the response's times are not whole");
    }
}
