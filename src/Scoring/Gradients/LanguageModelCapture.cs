using Tda.ProxyTrainer.Engine;
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
    public ScalarType DType => model.WideType;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var taps = TapSet.Create(model, ids.shape[0], ids.shape[1]);
        try
        {
            if (model.Recompute && !secondOrder && is_grad_enabled())
            {
                return Recorded(ids, taps);
            }

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
    /// <exception cref="UsageException">The weights are too coarse to be moved by a little.</exception>
    public IDisposable Shift(ModuleGradients delta)
    {
        if (model.DType == ScalarType.BFloat16)
        {
            throw new UsageException("This moves weights by less than bfloat16 tells apart: leave out --dtype bfloat16");
        }

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

    /// <summary>The error for a batch that there was no memory for.</summary>
    internal TdaException Shortage(Exception error, long tokens) =>
        MemoryShortage.Explain(error, model.Place, tokens, MemoryEstimate.Capture(model.Config, tokens, model.Place).Total);

    // Inputs come with the gradients: a block's are there once it was computed again.
    private ForwardCapture Recorded(Tensor ids, TapSet taps)
    {
        using var tape = BlockTape.Record(model);
        var logits = model.Forward(ids, new ForwardOptions { Taps = taps });
        var inputs = new Tensor[Modules.Count];
        return new ForwardCapture(logits, [], inputs, taps)
        {
            Backward = (output, weight) =>
            {
                var gradients = tape.TapGradients(output, weight);
                taps.Inputs.ToArray().CopyTo(inputs, 0);
                return gradients;
            },
        };
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
