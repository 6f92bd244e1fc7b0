using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Tests.Models;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Optimizers;

/// <summary>
/// Two matrices and a vector in float64 with seeded gradients: the optimiser's weights, and the same as plain numbers for a reference.
/// </summary>
internal sealed class OptimizerCase : IDisposable
{
    public const double Tolerance = 1e-9; // both sides are float64; the issue asks for 1e-6

    private readonly IDisposable _scope = NewDisposeScope();
    private readonly Random _random = new(7);

    public OptimizerCase()
    {
        WeightPart[] parts = [new("hidden", 0, [5, 3], true), new("head", 15, [2, 4], false), new("norm", 23, [3], false)];
        Weights = new FlatWeights(tensor([.. Enumerable.Range(0, 26).Select(_ => _random.NextDouble() - 0.5)], ScalarType.Float64), parts);
        Numbers = TinyModels.Values(Weights.Flat);
    }

    public FlatWeights Weights { get; }

    /// <summary>The weights at the start; a reference changes them in place.</summary>
    public double[] Numbers { get; }

    /// <summary>The next gradient.</summary>
    public double[] Gradient(double scale = 1) => [.. Enumerable.Range(0, 26).Select(_ => scale * (_random.NextDouble() - 0.4))];

    public static Tensor Flat(double[] values) => tensor(values, ScalarType.Float64);

    /// <summary>A block of a matrix of a flat array.</summary>
    public Dense Block(double[] flat, int part, int row, int rows, int column, int columns) =>
        Dense.Of(rows, columns, (i, j) => flat[Place(part, row + i, column + j)]);

    /// <summary>Adds to a block.</summary>
    public void Add(double[] flat, int part, int row, int column, Dense what)
    {
        for (var i = 0; i < what.Rows; i++)
        {
            for (var j = 0; j < what.Columns; j++)
            {
                flat[Place(part, row + i, column + j)] += what[i, j];
            }
        }
    }

    /// <summary>Where the blocks with sides of at most <paramref name="limit"/> begin, and their sizes.</summary>
    public IEnumerable<(int Part, int Row, int Rows, int Column, int Columns)> Blocks(int limit) =>
        from p in Enumerable.Range(0, 2)
        let shape = Weights.Parts[p].Shape
        from row in Enumerable.Range(0, (int)shape[0]).Where(r => r % limit == 0)
        from column in Enumerable.Range(0, (int)shape[1]).Where(c => c % limit == 0)
        select (p, row, Math.Min(limit, (int)shape[0] - row), column, Math.Min(limit, (int)shape[1] - column));

    public void AssertSame(double tolerance = Tolerance) => TinyModels.AssertClose(Numbers, TinyModels.Values(Weights.Flat), tolerance);

    public void Dispose() => _scope.Dispose();

    private int Place(int part, int row, int column) => (int)(Weights.Parts[part].Offset + (row * Weights.Parts[part].Shape[1]) + column);
}
