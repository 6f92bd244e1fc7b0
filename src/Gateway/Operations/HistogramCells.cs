namespace Tda.Gateway.Operations;

/// <summary>One time series of a histogram. Recording takes no lock and allocates nothing.</summary>
internal sealed class HistogramCells(double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        double before;
        do
        {
            before = Volatile.Read(ref _sum);
        }
        while (Interlocked.CompareExchange(ref _sum, before + value, before) != before);
    }

    /// <summary>Counts by bucket, each with those below it, the last one of all; and the sum of all values.</summary>
    public (long[] Cumulative, double Sum) Read()
    {
        var cumulative = new long[_counts.Length];
        long below = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            below += Interlocked.Read(ref _counts[i]);
            cumulative[i] = below;
        }

        return (cumulative, Volatile.Read(ref _sum));
    }
}
