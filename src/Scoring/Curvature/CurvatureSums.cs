namespace Tda.Scoring.Curvature;

/// <summary>
/// Named float64 sums with their counts. Sums, never means, so that the sums of two shards of a corpus add up to
/// those of the whole, in any order.
/// </summary>
public sealed class CurvatureSums : IDisposable
{
    private readonly Dictionary<string, Tensor> _sums = new(StringComparer.Ordinal);

    /// <summary>Tokens counted: positions that carry loss.</summary>
    public long Tokens { get; set; }

    /// <summary>Sequences (rows) counted.</summary>
    public long Sequences { get; set; }

    /// <summary>The sums by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Sums => _sums;

    /// <summary>Adds a batch's sum, in any floating-point type; accumulated in float64.</summary>
    public void Add(string name, Tensor batchSum)
    {
        using var scope = NewDisposeScope(); // holds on to the converted sum while native code reads it
        if (_sums.TryGetValue(name, out var sum))
        {
            sum.add_(batchSum.to_type(ScalarType.Float64));
        }
        else
        {
            _sums[name] = batchSum.to_type(ScalarType.Float64).clone().DetachFromDisposeScope();
        }
    }

    /// <summary>Adds another shard's sums and counts to these.</summary>
    public void Merge(CurvatureSums other)
    {
        foreach (var (name, sum) in other._sums)
        {
            Add(name, sum);
        }

        Tokens += other.Tokens;
        Sequences += other.Sequences;
    }

    /// <inheritdoc/>
    public void Dispose() => _sums.Values.DisposeAll();
}
