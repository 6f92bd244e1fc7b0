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
    private const int ProbedWidth = 384;
    private const double LongSeconds = 10; // more than a probe may take for one thing

    public static Throughput Run(
        GradientCapture capture, Projector projector, EkfacOptions fit, IRowSource rows, int tokens, CancellationToken cancellation)
    {
        // A little of everything first: what runs for the first time is slower than what is asked about. Every job has that once.
        var few = Slice(rows, Math.Min(tokens, WarmUpTokens));
        var first = Seconds(() => capture.ForEach(few.Rows, LabelSource.True, _ => { }, cancellation: cancellation));
        var products = Products(capture.Model.Device);
        var basis = BasisSeconds(capture.Model.Modules, fit);
        var large = first > LongSeconds || basis > LongSeconds;
        // A large model's few tokens say enough, and cost enough.
        var slice = first > LongSeconds ? few : Slice(rows, tokens);
        if (!large)
        {
            Passes(capture, projector, fit, few, cancellation);
        }

        var rates = large ? LargePasses(capture, projector, fit, slice, products, basis, cancellation) : Passes(capture, projector, fit, slice, cancellation);
        return rates with
        {
            FirstBatchSeconds = large ? 0 : first,
            ScanBytesPerSecond = Scan(),
            ProductsPerSecond = products,
        };
    }

    // Sums and bases that would take minutes are counted: operations at the rate of a matrix product, and of a smaller eigendecomposition.
    private static Throughput LargePasses(
        GradientCapture capture, Projector projector, EkfacOptions fit, (IRowSource Rows, long Labels) slice, double products, double basis,
        CancellationToken cancellation)
    {
        var (rows, labels) = slice;
        var logging = Seconds(() => capture.ForEach(rows, LabelSource.True, batch => projector.Project(batch), cancellation: cancellation));
        var training = Seconds(() => capture.ForEach(rows, LabelSource.True, _ => { }, cancellation: cancellation));
        var modules = capture.Model.Modules;
        var rowLength = Math.Max(1.0, (double)labels / Math.Max(1, rows.RowCount));
        // A symmetric product is half computed. Rotating is a product with a basis on either side, a token's or, where that is less, a row's.
        // An embedding's rows are added up, and axes that are tokens aren't turned.
        var covariance = modules.Sum(m => FactorShapes.Sides(m, fit).Sum(side => (double)side * side)) / products;
        var eigenvalue = modules.Sum(m => (m.Role == LayerRole.Embedding ? 0 : 2.0 * m.Elements)
            + FactorShapes.Sides(m, fit).Sum(side => 2.0 * side * Math.Min(side, m.Elements / rowLength))) / products;
        var token = training / labels;
        return new Throughput(labels / logging, 1 / (token + covariance), 1 / (token + eigenvalue), basis, labels / training, 0, 0);
    }

    // Cubic in the width, of which a wider matrix makes rather less.
    private static double BasisSeconds(IReadOnlyList<ModuleShape> modules, EkfacOptions fit)
    {
        using var scope = NewDisposeScope();
        long[] sides = [.. modules.SelectMany(m => FactorShapes.Sides(m, fit))];
        var side = (int)Math.Min(ProbedWidth, sides.Max());
        var matrix = eye(side, dtype: ScalarType.Float64).add(ones([side, side], dtype: ScalarType.Float64).tril().div(side));
        matrix = matrix.add(matrix.transpose(0, 1));
        linalg.eigh(matrix.narrow(0, 0, Math.Min(side, 8)).narrow(1, 0, Math.Min(side, 8)));
        var one = Seconds(() => linalg.eigh(matrix));
        return one * sides.Sum(wide => Math.Pow((double)wide / side, 3));
    }

    private static Throughput Passes(
        GradientCapture capture, Projector projector, EkfacOptions fit, (IRowSource Rows, long Labels) slice, CancellationToken cancellation)
    {
        var (rows, labels) = slice;
        var logging = Seconds(() => capture.ForEach(rows, LabelSource.True, batch => projector.Project(batch), cancellation: cancellation));
        var training = Seconds(() => capture.ForEach(rows, LabelSource.True, _ => { }, cancellation: cancellation));
        var fitter = new EkfacFitter(capture, fit);
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

    private static double Products(Device device)
    {
        using var scope = NewDisposeScope();
        var (block, queries) = (ones([128, ScanLength], device: device), ones([ScanLength, Columns], device: device));
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
