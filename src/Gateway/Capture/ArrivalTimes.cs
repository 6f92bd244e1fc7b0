namespace Tda.Gateway.Capture;

/// <summary>When each piece of a response came, so that the time of the first token can be told after parsing.</summary>
internal sealed class ArrivalTimes
{
    // Only the first token is asked for: should it come later than in this many pieces, the last one noted stands for it.
    private const int Capacity = 4096;

    // Most answers come in one piece or two.
    private readonly List<(long End, long Microseconds)> _pieces = new(2);

    /// <summary>Notes that the body had reached <paramref name="end"/> bytes some microseconds after the request came.</summary>
    public void Add(long end, long microseconds)
    {
        if (_pieces.Count < Capacity)
        {
            _pieces.Add((end, microseconds));
        }
    }

    /// <summary>Microseconds from the request to the piece that brought byte <paramref name="offset"/>; null when nothing came.</summary>
    public long? At(long offset)
    {
        if (_pieces.Count == 0)
        {
            return null;
        }

        var index = _pieces.FindIndex(piece => piece.End > offset);
        return _pieces[index < 0 ? ^1 : index].Microseconds;
    }

    /// <summary>The times in few bytes: differences, seven bits a byte.</summary>
    public byte[] ToBytes()
    {
        var bytes = new MemoryStream();
        var writer = new BinaryWriter(bytes);
        (long End, long Microseconds) last = default;
        foreach (var piece in _pieces)
        {
            // Neither the body nor the clock goes back.
            writer.Write7BitEncodedInt64(Math.Max(0, piece.End - last.End));
            writer.Write7BitEncodedInt64(Math.Max(0, piece.Microseconds - last.Microseconds));
            last = piece;
        }

        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are not whole.</exception>
    public static ArrivalTimes Read(byte[] bytes)
    {
        var times = new ArrivalTimes();
        var reader = new BinaryReader(new MemoryStream(bytes));
        long end = 0, microseconds = 0;
        try
        {
            while (reader.BaseStream.Position < bytes.Length)
            {
                end += reader.Read7BitEncodedInt64();
                microseconds += reader.Read7BitEncodedInt64();
                times.Add(end, microseconds);
            }
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException("the response's times are not whole", error);
        }

        return times;
    }
}
