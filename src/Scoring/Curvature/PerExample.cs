using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>Per-example gradients of one module from its captured tokens.</summary>
internal static class PerExample
{
    /// <summary><c>G_b = Σ_t s_t a_tᵀ</c>: (B, T, out) and (B, T, columns) to (B, out, columns).</summary>
    public static Tensor Gradients(Tensor outputGradients, Tensor activations) => outputGradients.transpose(1, 2).matmul(activations);

    /// <summary>
    /// The same in chunks of examples, so that a wide layer's gradients fit in memory: (first example, (b, out, columns)).
    /// </summary>
    public static void ForChunks(Tensor outputGradients, Tensor activations, long elements, Action<int, Tensor> visit)
    {
        var batch = (int)outputGradients.shape[0];
        var size = (int)Math.Clamp(elements / (outputGradients.shape[2] * activations.shape[2]), 1, batch);
        for (var first = 0; first < batch; first += size)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(size, batch - first);
            visit(first, Gradients(outputGradients.narrow(0, first, count), activations.narrow(0, first, count)));
        }
    }
}
