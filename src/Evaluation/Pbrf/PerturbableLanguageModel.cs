using Tda.ProxyTrainer.Models;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using static TorchSharp.torch;

namespace Tda.Evaluation.Pbrf;

/// <summary>A copy of a surrogate that can be moved; the surrogate stays the caller's.</summary>
public sealed class PerturbableLanguageModel : IPerturbableModel
{
    private readonly LanguageModel original;
    private readonly LanguageModel copy;
    private readonly LanguageModelCapture capture;

    /// <summary>Copies the weights.</summary>
    public PerturbableLanguageModel(LanguageModel model)
    {
        (original, copy) = (model, model.Clone());
        capture = new LanguageModelCapture(copy);
        Original = new LanguageModelCapture(model);
    }

    /// <inheritdoc/>
    public ICaptureModel Original { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => capture.Modules;

    /// <inheritdoc/>
    public int VocabularySize => capture.VocabularySize;

    /// <inheritdoc/>
    public int MaxPositions => capture.MaxPositions;

    /// <inheritdoc/>
    public ScalarType DType => capture.DType;

    /// <inheritdoc/>
    public Device Device => capture.Device;

    /// <inheritdoc/>
    public ForwardCapture Forward(Tensor ids) => capture.Forward(ids);

    /// <inheritdoc/>
    public void Perturb(ModuleGradients delta)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        for (var m = 0; m < Modules.Count; m++)
        {
            var (from, to, change) = (original.TrackedLinears[m], copy.TrackedLinears[m], delta.Tensors[m].select(0, 0).to_type(DType));
            to.Weight.copy_(from.Weight.add(change.narrow(1, 0, from.Inputs)));
            to.Bias?.copy_(from.Bias!.add(change.select(1, from.Inputs)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => copy.Dispose();
}
