using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>Captures a surrogate. Doesn't own the model.</summary>
public sealed class LanguageModelCapture(LanguageModel model) : ICaptureModel
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
}
