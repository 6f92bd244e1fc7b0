namespace Tda.Scoring.Gradients;

/// <summary>
/// Gradients, or preconditioned directions, of N things (queries) by module: one tensor (N, out, columns) a module.
/// Owns its tensors.
/// </summary>
/// <param name="modules">The modules, in order.</param>
/// <param name="tensors">Per module (N, out, columns); detached from any open dispose scope.</param>
public sealed class ModuleGradients(IReadOnlyList<ModuleShape> modules, IReadOnlyList<Tensor> tensors) : IDisposable
{
    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<ModuleShape> Modules => modules;

    /// <summary>Per module (N, out, columns).</summary>
    public IReadOnlyList<Tensor> Tensors { get; } = [.. tensors.Select(t => t.DetachFromDisposeScope())];

    /// <summary>How many gradients: N.</summary>
    public int Count => (int)Tensors[0].shape[0];

    /// <summary>Zeros for <paramref name="count"/> gradients.</summary>
    public static ModuleGradients Zeros(IReadOnlyList<ModuleShape> modules, int count, ScalarType dtype, Device device) =>
        new(modules, [.. modules.Select(m => zeros([count, m.Outputs, m.Columns], dtype: dtype, device: device))]);

    /// <summary>Applies a function to every module's tensor.</summary>
    public ModuleGradients Map(Func<int, Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        return new(modules, [.. Tensors.Select((t, m) => function(m, t))]);
    }

    /// <summary>Inner products, (N, K) in the tensors' type, summed over modules.</summary>
    public Tensor Dot(ModuleGradients other)
    {
        using var scope = NewDisposeScope();
        var sum = zeros([Count, other.Count], dtype: Tensors[0].dtype, device: Tensors[0].device);
        for (var m = 0; m < modules.Count; m++)
        {
            sum = sum.add(Tensors[m].flatten(1).matmul(other.Tensors[m].flatten(1).transpose(0, 1)));
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var t in Tensors)
        {
            t.Dispose();
        }
    }
}

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
