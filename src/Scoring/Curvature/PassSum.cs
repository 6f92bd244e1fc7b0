using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// One float64 sum of a pass over batches. Addends go into a matrix of the model's own type, which is emptied into the float64 one every
/// few batches: converting and adding a wide matrix reads and writes it several times, as dear as a good part of the product it holds.
/// </summary>
internal sealed class PassSum : IDisposable
{
    // So few that rounding stays that of the products themselves, sums of some thousand addends each.
    private const int Additions = 16;

    private readonly Tensor _part;
    private readonly Tensor _total;
    private int _pending;

    public PassSum(long rows, long columns, ScalarType dtype, Device device)
    {
        _part = zeros([rows, columns], dtype: dtype, device: device).DetachFromDisposeScope();
        _total = zeros([rows, columns], dtype: ScalarType.Float64, device: device).DetachFromDisposeScope();
    }

    /// <summary>Lets a batch add itself in place.</summary>
    public void Add(Action<Tensor> addTo)
    {
        addTo(_part);
        if (++_pending == Additions)
        {
            Empty();
        }
    }

    /// <summary>The sum so far, float64; still owned by this.</summary>
    public Tensor Total()
    {
        if (_pending > 0)
        {
            Empty();
        }

        return _total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _part.Dispose();
        _total.Dispose();
    }

    private void Empty()
    {
        using var scope = NewDisposeScope();
        _total.add_(_part.to_type(ScalarType.Float64));
        _part.zero_();
        _pending = 0;
    }
}
