using System.Diagnostics;
using System.Runtime.InteropServices;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Planning;

/// <summary>A short measurement of what this machine does with a surrogate and a corpus's rows.</summary>
internal static class ThroughputProbe
{
    private const int ScanNumbers = 1 << 24; // 64 MiB: beyond the caches
    private const int ScanLength = 4096;
    private const int Columns = 64;
    private const int WarmUpTokens = 256;

    public static Throughput Run(GradientCapture capture, Projector projector, IRowSource rows, int tokens, CancellationToken cancellation)
    {
        // A little of everything first: what runs for the first time is slower than what is asked about. Every job has that once.
        var few = Slice(rows, Math.Min(tokens, WarmUpTokens));
        var first = Seconds(() => capture.ForEach(few.Rows, LabelSource.True, _ => { }, cancellation: cancellation));
        Passes(capture, projector, few, cancellation);
        return Passes(capture, projector, Slice(rows, tokens), cancellation) with
        {
            FirstBatchSeconds = first,
            ScanBytesPerSecond = Scan(),
            ProductsPerSecond = Products(),
        };
    }

    private static Throughput Passes(
        GradientCapture capture, Projector projector, (IRowSource Rows, long Labels) slice, CancellationToken cancellation)
    {
        var (rows, labels) = slice;
        var logging = Seconds(() => capture.ForEach(rows, LabelSource.True, batch => projector.Project(batch), cancellation: cancellation));
        var training = Seconds(() => capture.ForEach(rows, LabelSource.True, _ => { }, cancellation: cancellation));
        var fitter = new EkfacFitter(capture, new EkfacOptions());
        using var covariances = Timed(() => fitter.Covariances(rows, null, null, cancellation), out var first);
        using var basis = Timed(() => fitter.Basis(covariances), out var middle);
        using var eigenvalues = Timed(() => fitter.Eigenvalues(rows, basis, null, null, cancellation), out var second);
        return new Throughput(labels / logging, labels / first, labels / second, middle, labels / training, 0, 0);
    }

    private static (IRowSource Rows, long Labels) Slice(IRowSource rows, int tokens)
    {
        // Rows from everywhere, so that long and short ones are there as in the whole.
        long labels = 0;
        var stride = Math.Max(1, (int)(Enumerable.Range(0, rows.RowCount).Sum(r => (long)rows.PositionsOf(r)) / Math.Max(1, tokens)));
        var chosen = new HashSet<int>();
        for (var row = 0; row < rows.RowCount; row += stride)
        {
            chosen.Add(rows.DocumentOf(row));
        }

        for (var row = 0; row < rows.RowCount; row++)
        {
            if (chosen.Contains(rows.DocumentOf(row)))
            {
                labels += rows.PositionsOf(row);
            }
        }
        return (new RowFilter(rows, chosen.Contains), labels);
    }

    // In a tensor, whose memory is free again at once: the collector would keep it through the job that is planned.
    private static double Scan()
    {
        using var numbers = ones([ScanNumbers]);
        var query = new float[ScanLength];
        float sum = 0;
        void All()
        {
            var all = MemoryMarshal.Cast<byte, float>(numbers.bytes);
            for (var at = 0; at < ScanNumbers; at += ScanLength)
            {
                sum += DotProducts.Of(all.Slice(at, ScanLength), query);
            }
        }
        All();
        var rate = ScanNumbers * sizeof(float) / Seconds(All);
        GC.KeepAlive(sum);
        return rate;
    }

    private static double Products()
    {
        using var scope = NewDisposeScope();
        var (block, queries) = (ones([128, ScanLength]), ones([ScanLength, Columns]));
        block.matmul(queries);
        return 2.0 * 4 * 128 * ScanLength * Columns / Seconds(() =>
        {
            for (var i = 0; i < 4; i++)
            {
                block.matmul(queries);
            }
        });
    }

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Math.Max(Stopwatch.GetElapsedTime(start).TotalSeconds, 1e-6);
    }

    private static T Timed<T>(Func<T> work, out double seconds)
    {
        var result = default(T)!;
        seconds = Seconds(() => result = work());
        return result;
    }
}

/// <summary>Rates measured on this machine, just now, with the corpus's own rows.</summary>
/// <param name="LoggingTokensPerSecond">Label tokens a second of gradients that are projected.</param>
/// <param name="CovarianceTokensPerSecond">Label tokens a second of an EK-FAC fit's first pass, which may be over a sample.</param>
/// <param name="EigenvalueTokensPerSecond">Label tokens a second of its second pass, which is over all.</param>
/// <param name="BasisSeconds">An EK-FAC fit's eigendecompositions.</param>
/// <param name="TrainingTokensPerSecond">Label tokens a second forwards and backwards.</param>
/// <param name="ScanBytesPerSecond">Bytes of numbers a second that one query is multiplied with.</param>
/// <param name="ProductsPerSecond">Multiplications and additions a second of matrix products with many queries.</param>
public sealed record Throughput(
    double LoggingTokensPerSecond, double CovarianceTokensPerSecond, double EigenvalueTokensPerSecond, double BasisSeconds,
    double TrainingTokensPerSecond, double ScanBytesPerSecond, double ProductsPerSecond)
{
    /// <summary>The first batch of a process, whose code is compiled meanwhile.</summary>
    public double FirstBatchSeconds { get; init; }
}
