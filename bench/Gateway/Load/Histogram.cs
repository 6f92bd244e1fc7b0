using System.Numerics;
using System.Text.Json.Nodes;

namespace Tda.Bench.Gateway.Load;

/// <summary>Times in µs by buckets that are at most 0.8 % wide, so that runs and processes add up without keeping every value.</summary>
internal sealed class Histogram
{
    private const int Half = 128;
    private readonly long[] _counts = new long[Half * 40];

    public long Count { get; private set; }

    public void Add(double microseconds)
    {
        _counts[Index((long)Math.Max(0, Math.Round(microseconds)))]++;
        Count++;
    }

    public void Merge(Histogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
    }

    /// <summary>The value that this share (0 to 1) does not exceed, in µs; NaN when there is none.</summary>
    public double At(double share)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(share * Count)), seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return Value(i);
            }
        }

        return double.NaN;
    }

    /// <summary>Root of the mean square: of differences around 0 their standard deviation.</summary>
    public double RootMeanSquare() => Count == 0 ? double.NaN : Math.Sqrt(_counts.Select((count, i) => count * Value(i) * Value(i)).Sum() / Count);

    /// <summary>Pairs of bucket and count.</summary>
    public JsonArray ToJson()
    {
        var pairs = new JsonArray();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                pairs.Add(new JsonArray(i, _counts[i]));
            }
        }

        return pairs;
    }

    public static Histogram Parse(JsonNode pairs)
    {
        var histogram = new Histogram();
        foreach (var pair in pairs.AsArray())
        {
            var count = pair![1]!.GetValue<long>();
            histogram._counts[pair[0]!.GetValue<int>()] = count;
            histogram.Count += count;
        }

        return histogram;
    }

    private static int Index(long value)
    {
        if (value < 2 * Half)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - 7;
        return Math.Min((Half * 40) - 1, (shift * Half) + (int)(value >> shift));
    }

    private static double Value(int index)
    {
        if (index < 2 * Half)
        {
            return index;
        }

        var shift = (index / Half) - 1;
        return ((long)((index % Half) + Half) << shift) + ((1L << shift) / 2.0);
    }
}
