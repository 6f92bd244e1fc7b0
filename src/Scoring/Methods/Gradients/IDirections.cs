using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>Preconditioned queries in a form that scores a batch of documents.</summary>
public interface IDirections : IDisposable
{
    /// <summary>The modules, in order.</summary>
    IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>How many.</summary>
    int Count { get; }

    /// <summary>One module's share of the scores: s (B, T, out), a (B, T, columns) to (B, count), in the caller's dispose scope.</summary>
    Tensor Score(int module, Tensor outputGradients, Tensor activations);
}
