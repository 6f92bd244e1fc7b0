using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>Adds to some weights, and puts the old values back when disposed of: taking the sum back would leave rounding behind.</summary>
public sealed class WeightShift : IDisposable
{
    private readonly List<(Tensor Weight, Tensor Before)> _kept = [];

    /// <summary>Shifts each weight by its delta, in the weight's type.</summary>
    public WeightShift(IEnumerable<(Tensor Weight, Tensor Delta)> weights)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        foreach (var (weight, delta) in weights)
        {
            _kept.Add((weight, weight.detach().clone().DetachFromDisposeScope()));
            weight.add_(delta.to_type(weight.dtype).to(weight.device));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using var none = no_grad();
        foreach (var (weight, before) in _kept)
        {
            weight.copy_(before);
            before.Dispose();
        }
        _kept.Clear();
    }
}
