using Tda.Core.Errors;
using Tda.Scoring.Capture;
using Tda.Scoring.Projection;
using static TorchSharp.torch;

namespace Tda.Scoring.Projected;

/// <summary>
/// LoRIF's inverse: with the leading eigenvectors V and eigenvalues Σ² of the rows' mean outer product,
/// <c>(VΣ²Vᵀ + λI)⁻¹ = 1/λ [I − 1/λ · V(Σ⁻² + 1/λ)⁻¹Vᵀ]</c>, that is 1/λ outside V and 1/(σ² + λ) inside. λ = factor × mean eigenvalue
/// of the whole (trace/dim), as LoGra's, so that both agree at full rank.
/// </summary>
internal sealed class WoodburySolver : IFeatureSolver
{
    private readonly (Tensor Vectors, Tensor Shrink)[] modules;
    private readonly int[] lengths;

    public WoodburySolver(Projector projector, FactoredStore store, ProjectedOptions options, double dampingFactor, long seed)
    {
        if (store.Rows == 0) throw new TdaException("No document has a finite gradient: there is no curvature.");
        using var scope = NewDisposeScope();
        lengths = [.. projector.Projections.Select(p => p.Length)];
        var damping = new double[lengths.Length];
        modules = new (Tensor, Tensor)[lengths.Length];
        for (var m = 0; m < lengths.Length; m++)
        {
            var (module, name) = (m, projector.Modules[m].Name);
            var trace = 0.0;
            store.ForEachBlock(m, g => trace += g.mul(g).sum().item<double>());
            var mean = trace / store.Rows / lengths[m];
            if (!double.IsFinite(mean) || mean <= 0)
                throw new TdaException($"{name}: mean curvature is {mean}: no gradient reached this module");
            damping[m] = dampingFactor * mean;
            var (vectors, values) = StreamedSvd.Leading(
                visit => store.ForEachBlock(module, visit), lengths[m], options.CurvatureRank, options.PowerIterations, RowKey.Of(name + "/svd", 0), seed);
            var squared = values.div(store.Rows);
            // (Σ⁻² + 1/λ)⁻¹/λ = σ²/(σ² + λ), which needs no reciprocal of a vanishing σ.
            modules[m] = (vectors.contiguous().clone().DetachFromDisposeScope(), squared.div(squared.add(damping[m])).DetachFromDisposeScope());
        }
        Damping = damping;
    }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; }

    /// <inheritdoc/>
    public Tensor Solve(Tensor features)
    {
        using var scope = NewDisposeScope();
        var at = 0;
        var blocks = new Tensor[lengths.Length];
        for (var m = 0; m < lengths.Length; m++)
        {
            var z = features.narrow(1, at, lengths[m]);
            var (v, shrink) = modules[m];
            blocks[m] = z.sub(z.matmul(v).mul(shrink).matmul(v.transpose(0, 1))).div(Damping[m]);
            at += lengths[m];
        }
        return cat(blocks, 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (vectors, shrink) in modules)
        {
            vectors.Dispose();
            shrink.Dispose();
        }
    }
}
