using Tda.ProxyTrainer.Models;

namespace Tda.Scoring.Gradients;

/// <summary>Captures a surrogate. Doesn't own the model.</summary>
public sealed class LanguageModelCapture(LanguageModel model) : IShiftableModel
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; } =
        [.. model.TrackedLinears.Select(l => new ModuleShape(l.Name, l.Inputs, l.Outputs, l.Bias is not null))];

    /// <inheritdoc/>
    public int MaxPositions => model.Config.MaxPositions;

    /// <inheritdoc/>
    public ScalarType DType => model.DType;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var taps = TapSet.Create(model, ids.shape[0], ids.shape[1]);
        try
        {
            // Padding is on the right and attention causal: no length is needed.
            var logits = model.Forward(ids, new ForwardOptions { Taps = taps, SecondOrder = secondOrder });
            return new ForwardCapture(logits, taps.Tensors, taps.Inputs, taps);
        }
        catch
        {
            taps.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IDisposable Shift(ModuleGradients delta)
    {
        var weights = new List<(Tensor Weight, Tensor Delta)>();
        for (var m = 0; m < model.TrackedLinears.Count; m++)
        {
            var (linear, d) = (model.TrackedLinears[m], delta.Tensors[m].select(0, 0));
            weights.Add((linear.Weight, d.narrow(1, 0, linear.Inputs)));
            if (linear.Bias is { } bias)
            {
                weights.Add((bias, d.select(1, linear.Inputs)));
            }
        }
        return new WeightShift(weights);
    }
}

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
