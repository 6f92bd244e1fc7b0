using Tda.ProxyTrainer.Models;
using Tda.Scoring.Curvature;
using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>Captures a surrogate. Doesn't own the model.</summary>
public sealed class LanguageModelCapture(LanguageModel model) : IShiftableModel
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules { get; } =
        [.. model.TrackedLinears.Select(l => new ModuleShape(l.Name, l.Inputs, l.Outputs, l.Bias is not null))];

    /// <inheritdoc/>
    public int VocabularySize => model.Config.VocabularySize;

    /// <inheritdoc/>
    public int MaxPositions => model.Config.MaxPositions;

    /// <inheritdoc/>
    public ScalarType DType => model.DType;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public ForwardCapture Forward(Tensor ids)
    {
        var taps = TapSet.Create(model, ids.shape[0], ids.shape[1]);
        try
        {
            // Padding is on the right and attention causal: no length is needed.
            var logits = model.Forward(ids, new ForwardOptions { Taps = taps });
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
