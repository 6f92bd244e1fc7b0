using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Projected;

/// <summary>Methods on projected gradients, computed in memory.</summary>
internal static class ProjectedMethods
{
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        new("logra", MethodNeeds.None, "randomly projected gradients through their own curvature",
            (context, options, progress, cancellation) => Logra("logra", context, options, Random(context, options, progress), progress, cancellation)),
        new("logra-pca", MethodNeeds.None, "LoGra on the top eigenvectors of the covariances", (context, options, progress, cancellation) =>
            Logra("logra-pca", context, options, Pca(context, options, progress, cancellation), progress, cancellation)),
        new("lorif", MethodNeeds.None, "LoGra with rank-c factors of every gradient and a low-rank curvature", Lorif),
        new("trackstar", MethodNeeds.None, "Adam-normalised projected gradients, whitened with documents and queries, cosine", TrackStar),
        new("trak", MethodNeeds.None, "projected gradients of the margin, averaged over models where there are several", Trak.Create),
    ];

    private static FeatureInfluence Logra(
        string name, InfluenceContext context, MethodOptions options, Projector projector, IProgressSink progress, CancellationToken cancellation)
    {
        try
        {
            using var curvature = Curvature(context, projector, projector.Project, progress, cancellation);
            var features = new StreamedFeatures(context.Capture, projector.Length, projector.Project);
            return new FeatureInfluence(new FeatureParts
            {
                Name = name,
                N = context.Documents.RowCount,
                Queries = features,
                Documents = features,
                Solver = new LograFeatureSolver(curvature.Solver(new Damping(options.DampingFactor))),
                Owned = [projector],
            });
        }
        catch
        {
            projector.Dispose();
            throw;
        }
    }

    private static FeatureInfluence Lorif(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var projector = Random(context, options, progress);
        FactoredStore? store = null;
        try
        {
            using var task = progress.Start("Gradients", context.Documents.RowCount, "rows");
            store = FactoredStore.Build(
                context.Capture, projector, options.Projected.FactorRank, context.Documents, rows => task.Report(rows), cancellation);
            return new FeatureInfluence(new FeatureParts
            {
                Name = "lorif",
                N = context.Documents.RowCount,
                Queries = new StreamedFeatures(context.Capture, projector.Length, projector.Project),
                Documents = new LorifFeatures(context.Capture, projector, options.Projected.FactorRank, context.Documents, store),
                Solver = new WoodburySolver(projector, store, options.Projected, options.DampingFactor, context.Seed),
                Owned = [projector, store],
            });
        }
        catch
        {
            store?.Dispose();
            projector.Dispose();
            throw;
        }
    }

    private static FeatureInfluence TrackStar(
        InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var model = context.Capture.Model;
        var projector = Random(context, options, progress);
        AdamNormalised? normalised = null;
        try
        {
            using var moments = context.Trajectory.Count > 0 ? context.Trajectory[^1].SecondMoments?.Invoke() : null;
            if (moments is null)
            {
                progress.Message("trackstar: the last checkpoint has no second moments; gradients are not normalised by them.");
            }

            normalised = new AdamNormalised(projector, moments, model.DType, model.Device);
            var curvature = Curvature(context, projector, normalised.Project, progress, cancellation);
            var features = new StreamedFeatures(context.Capture, projector.Length, normalised.Project);
            return new FeatureInfluence(new FeatureParts
            {
                Name = "trackstar",
                N = context.Documents.RowCount,
                Queries = features,
                Documents = features,
                SolverOfQueries = new MixedCurvature(
                    projector, curvature, options.Projected.QueryShare, new Damping(options.DampingFactor)).Solver,
                DefaultNormalisation = Normalisation.Cosine,
                Owned = [curvature, normalised, projector],
            });
        }
        catch
        {
            normalised?.Dispose();
            projector.Dispose();
            throw;
        }
    }

    private static LograCurvature Curvature(
        InfluenceContext context, Projector projector, Func<CapturedBatch, TorchSharp.torch.Tensor> project, IProgressSink progress,
        CancellationToken cancellation)
    {
        var curvature = new LograCurvature(projector);
        try
        {
            using var task = progress.Start("Curvature", context.Documents.RowCount, "rows");
            context.Capture.ForEach(context.Documents, LabelSource.True, batch =>
            {
                // Rows without a finite gradient are zero; counting them would shrink the mean.
                var kept = Enumerable.Range(0, batch.Rows.Count).Where(b => batch.Finite[b]).Select(b => (long)b).ToArray();
                if (kept.Length == 0)
                {
                    return;
                }

                var rows = project(batch).cpu();
                curvature.Add(kept.Length == batch.Rows.Count ? rows : rows.index_select(0, TorchSharp.torch.tensor(kept, [kept.Length])));
            }, rows => task.Report(rows), cancellation);
            return curvature;
        }
        catch
        {
            curvature.Dispose();
            throw;
        }
    }

    private static void SayWhatIsKeptWhole(InfluenceContext context, int rank, IProgressSink progress)
    {
        var modules = context.Capture.Model.Modules;
        var whole = modules.Count(m => rank > m.Outputs || rank > m.Columns);
        if (whole > 0)
        {
            progress.Message($"{whole} of {modules.Count} layers have a side smaller than rank {rank}: that side is kept whole.");
        }
    }

    private static Projector Random(InfluenceContext context, MethodOptions options, IProgressSink progress)
    {
        SayWhatIsKeptWhole(context, options.Projected.Rank, progress);
        var model = context.Capture.Model;
        return Projector.Random(model.Modules, options.Projected.Rank, context.Seed, model.DType, model.Device);
    }

    private static Projector Pca(InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        SayWhatIsKeptWhole(context, options.Projected.Rank, progress);
        var model = context.Capture.Model;
        var fitter = new EkfacFitter(context.Capture, new EkfacOptions());
        using var covariances = fitter.Covariances(context.Documents, cancellation: cancellation);
        using var basis = fitter.Basis(covariances);
        return Projector.Pca(model.Modules, options.Projected.Rank, basis, model.DType, model.Device);
    }
}
