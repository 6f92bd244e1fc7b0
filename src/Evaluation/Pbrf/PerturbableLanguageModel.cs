using Tda.ProxyTrainer.Models;

namespace Tda.Evaluation.Pbrf;

/// <summary>A copy of a surrogate that can be moved; the surrogate stays the caller's.</summary>
public sealed class PerturbableLanguageModel : IPerturbableModel
{
    private readonly LanguageModel _original;
    private readonly LanguageModel _copy;
    private readonly LanguageModelCapture _capture;

    /// <summary>Copies the weights.</summary>
    public PerturbableLanguageModel(LanguageModel model)
    {
        (_original, _copy) = (model, model.Clone());
        _capture = new LanguageModelCapture(_copy);
        Original = new LanguageModelCapture(model);
    }

    /// <inheritdoc/>
    public ICaptureModel Original { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => _capture.Modules;

    /// <inheritdoc/>
    public int MaxPositions => _capture.MaxPositions;

    /// <inheritdoc/>
    public ScalarType DType => _capture.DType;

    /// <inheritdoc/>
    public Device Device => _capture.Device;

    /// <inheritdoc/>
    public ForwardCapture Forward(Tensor ids, bool secondOrder = false) => _capture.Forward(ids, secondOrder);

    /// <inheritdoc/>
    public void Perturb(ModuleGradients delta)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        for (var m = 0; m < Modules.Count; m++)
        {
            var (from, to, change) = (_original.TrackedLinears[m], _copy.TrackedLinears[m], delta.Tensors[m].select(0, 0).to_type(DType));
            to.Weight.copy_(from.Weight.add(change.narrow(1, 0, from.Inputs)));
            to.Bias?.copy_(from.Bias!.add(change.select(1, from.Inputs)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();
}

/// <summary>A model whose tracked weights can be moved away from those of another, which stays as it is.</summary>
public interface IPerturbableModel : ICaptureModel, IDisposable
{
    /// <summary>The model at the weights it was trained to: θ_s.</summary>
    ICaptureModel Original { get; }

    /// <summary>Sets the tracked weights to the original's plus <paramref name="delta"/>: one "gradient" (1, out, columns) a module.</summary>
    void Perturb(ModuleGradients delta);
}
