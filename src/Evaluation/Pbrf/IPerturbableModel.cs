using Tda.Scoring.Gradients;

namespace Tda.Evaluation.Pbrf;

/// <summary>A model whose tracked weights can be moved away from those of another, which stays as it is.</summary>
public interface IPerturbableModel : ICaptureModel, IDisposable
{
    /// <summary>The model at the weights it was trained to: θ_s.</summary>
    ICaptureModel Original { get; }

    /// <summary>Sets the tracked weights to the original's plus <paramref name="delta"/>: one "gradient" (1, out, columns) a module.</summary>
    void Perturb(ModuleGradients delta);
}
