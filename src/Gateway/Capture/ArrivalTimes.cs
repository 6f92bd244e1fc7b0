namespace Tda.Gateway.Capture;

/// <summary>When each piece of a response came, so that the time of the first token can be told after parsing.</summary>
internal sealed class ArrivalTimes
{
    // 1 MiB a stream at most. Only the first token is asked for: should it come later than in this many pieces, the last one noted stands for it.
    private const int Capacity = 65_536;

    private readonly List<(long End, long Timestamp)> _pieces = [];

    /// <summary>Notes that the body had reached <paramref name="end"/> bytes at a timestamp.</summary>
    public void Add(long end, long timestamp)
    {
        if (_pieces.Count < Capacity)
        {
            _pieces.Add((end, timestamp));
        }
    }

    /// <summary>The timestamp of the piece that brought byte <paramref name="offset"/>; null when nothing came.</summary>
    public long? At(long offset)
    {
        if (_pieces.Count == 0)
        {
            return null;
        }

        // The first piece whose end is beyond the offset.
        int low = 0, high = _pieces.Count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _pieces[middle].End > offset ? (low, middle) : (middle + 1, high);
        }

        return _pieces[low].Timestamp;
    }
}
