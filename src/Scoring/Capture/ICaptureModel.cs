using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>
/// What scoring needs of a model: a forward pass that hands back every tracked linear layer's input and its output as a node of the
/// graph ("tap"; a zero tensor added to the output serves too), so that one <c>autograd.grad</c> over the taps gives the gradients of all
/// layers' outputs, per token.
/// </summary>
public interface ICaptureModel
{
    /// <summary>The tracked linear layers, in the order of <see cref="ForwardCapture.Taps"/>.</summary>
    IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>Number of tokens in the vocabulary.</summary>
    int VocabularySize { get; }

    /// <summary>Longest input in tokens.</summary>
    int MaxPositions { get; }

    /// <summary>The parameters' type: float32, or float64 for reference runs.</summary>
    ScalarType DType { get; }

    /// <summary>Where the parameters live.</summary>
    Device Device { get; }

    /// <summary>Runs the model causally on right-padded token ids (B, T), int64.</summary>
    ForwardCapture Forward(Tensor ids);
}
