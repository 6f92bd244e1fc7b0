using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// TrackStar's whitening: <c>R = share · mean z_q z_qᵀ + (1 − share) · mean z_m z_mᵀ</c> per module, so that what queries of one kind
/// have in common counts less. Whitening both sides by R^{−1/2} and dividing by the norms is the cosine in the metric (R + λI)⁻¹.
/// </summary>
internal sealed class MixedCurvature(Projector projector, LograCurvature documents, double share, Damping damping)
{
    /// <summary>The solver for some queries (n, D).</summary>
    public IFeatureSolver Solver(Tensor queries)
    {
        if (queries.shape[0] == 0)
        {
            throw new TdaException("No query has a finite gradient.");
        }

        using var scope = NewDisposeScope();
        using var ofQueries = new LograCurvature(projector);
        ofQueries.Add(queries);
        var sums = new CurvatureSums { Sequences = 1 };
        foreach (var module in projector.Modules)
        {
            var name = module.Name + ".curvature";
            sums.Add(name, ofQueries.Sums.Sums[name].mul(share / ofQueries.Rows));
            sums.Add(name, documents.Sums.Sums[name].mul((1 - share) / documents.Rows));
        }
        using var mixed = new LograCurvature(projector, sums);
        return new LograFeatureSolver(mixed.Solver(damping));
    }
}
