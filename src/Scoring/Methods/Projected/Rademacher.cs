namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// TRAK's projection: all modules' gradients as one vector times a matrix of signs over √p, whose inner products are those of the
/// gradients in expectation. The signs are a function of seed, module name and shape. Owns its tensors.
/// </summary>
public sealed class Rademacher : IDisposable
{
    private readonly Tensor[] _signs;

    /// <summary>Draws the signs.</summary>
    /// <param name="modules">The modules.</param>
    /// <param name="dimension">p, at least 1.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="mostElements">Refuses larger projections.</param>
    /// <exception cref="UsageException">The projection is larger than that: says how large.</exception>
    public Rademacher(IReadOnlyList<ModuleShape> modules, int dimension, long seed, ScalarType dtype, Device device, long mostElements)
    {
        var elements = modules.Sum(m => m.Elements) * dimension;
        if (elements > mostElements)
        {
            throw new UsageException(
                $"TRAK's projection of {modules.Sum(m => m.Elements)} weights to {dimension} has {elements} elements, the limit is {mostElements}: lower the dimension, or raise the limit.");
        }

        Dimension = dimension;
        using var scope = NewDisposeScope();
        _signs = [.. modules.Select(m => Signs(m, dimension, seed).to_type(dtype).to(device).DetachFromDisposeScope())];
    }

    /// <summary>p.</summary>
    public int Dimension { get; }

    /// <summary>A batch's projected gradients, (B, p), in the caller's dispose scope.</summary>
    public Tensor Project(CapturedBatch batch)
    {
        using var scope = NewDisposeScope();
        var sum = zeros([batch.Rows.Count, Dimension], dtype: _signs[0].dtype, device: _signs[0].device);
        for (var m = 0; m < _signs.Length; m++)
        {
            var module = m;
            batch.Layers[m].ForChunks(1L << 24,
                (first, g) => sum.narrow(0, first, g.shape[0]).add_(g.flatten(1).matmul(_signs[module])));
        }
        return sum.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _signs.DisposeAll();

    private static Tensor Signs(ModuleShape module, int dimension, long seed)
    {
        var bits = new SplitMix64(RowKey.Of(module.Name + "/rademacher", 0) ^ new SplitMix64(unchecked((ulong)seed)).Next());
        var scale = (float)(1 / Math.Sqrt(dimension));
        var values = new float[checked(module.Elements * dimension)];
        ulong word = 0;
        for (var i = 0L; i < values.LongLength; i++)
        {
            if (i % 64 == 0)
            {
                word = bits.Next();
            }

            values[i] = (word & 1) == 0 ? -scale : scale;
            word >>= 1;
        }
        return tensor(values, [module.Elements, dimension], dtype: ScalarType.Float32);
    }
}
