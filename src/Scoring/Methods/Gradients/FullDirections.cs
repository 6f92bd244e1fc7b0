using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>Directions as full matrices. Takes ownership.</summary>
public sealed class FullDirections(ModuleGradients directions, long chunkElements = 1L << 24) : IDirections
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => directions.Modules;

    /// <inheritdoc/>
    public int Count => directions.Count;

    /// <summary>The matrices.</summary>
    public ModuleGradients Matrices => directions;

    /// <inheritdoc/>
    public Tensor Score(int module, Tensor outputGradients, Tensor activations)
    {
        using var scope = NewDisposeScope();
        var v = directions.Tensors[module];
        // For one direction (s V) · a needs no per-example gradient; from two on, forming it once is cheaper.
        if (Count == 1)
        {
            return outputGradients.matmul(v.select(0, 0)).mul(activations).sum([1L, 2L]).unsqueeze(1).MoveToOuterDisposeScope();
        }

        var flat = v.flatten(1).transpose(0, 1);
        var parts = new List<Tensor>();
        PerExample.ForChunks(
            outputGradients, activations, chunkElements, (_, g) => parts.Add(g.flatten(1).matmul(flat).MoveToOuterDisposeScope()));
        return cat([.. parts], 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => directions.Dispose();
}
