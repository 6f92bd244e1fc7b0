namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// TrackStar (Chang et al. 2024, 2410.17413): gradients over the root of Adam's second moments, projected from both sides, whitened with a
/// mix of the documents' and the queries' second moments, and compared by cosine.
/// </summary>
internal static class TrackStar
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "trackstar",
        Family = MethodFamily.Projected,
        Summary = "Adam-normalised projected gradients, whitened with documents and queries, cosine",
        Create = Create,
    };

    private static FeatureInfluence Create(MethodSetup setup)
    {
        var (context, options) = (setup.Context, setup.Options);
        using var parts = new Owned();
        var projector = parts.Add(ProjectedFit.Random(setup));
        using var moments = context.Trajectory.Count > 0 ? context.Trajectory[^1].SecondMoments?.Invoke() : null;
        if (moments is null)
        {
            setup.Progress.Message("trackstar: the last checkpoint has no second moments; gradients are not normalised by them.");
        }

        var normalised = parts.Add(new AdamNormalised(projector, moments, setup.Model.DType, setup.Model.Device));
        var curvature = parts.Add(ProjectedFit.Curvature(setup, projector, normalised.Project));
        var features = new StreamedFeatures(context.Capture, projector.Length, normalised.Project);
        return new FeatureInfluence
        {
            Name = "trackstar",
            N = context.Documents.RowCount,
            Queries = features,
            Documents = features,
            SolverOfQueries = queries => Mixed(
                projector, curvature, queries, options.Projected.QueryShare, new Damping(options.DampingFactor)),
            DefaultNormalisation = Normalisation.Cosine,
            Parts = parts.Release(),
        };
    }

    // R = share · mean z_q z_qᵀ + (1 − share) · mean z_m z_mᵀ per module, so that what queries of one kind have in common counts less.
    // Whitening both sides by R^{−1/2} and dividing by the norms is the cosine in the metric (R + λI)⁻¹.
    private static LograSolver Mixed(Projector projector, LograCurvature documents, Tensor queries, double share, Damping damping)
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
        return mixed.Solver(damping);
    }
}

/// <summary>
/// TrackStar's features: every row's full gradient over the root of Adam's second moments, then projected from both sides. Without
/// second moments it is LoGra's projection. Owns its copy of the moments.
/// </summary>
internal sealed class AdamNormalised(Projector projector, ModuleGradients? secondMoments, ScalarType dtype, Device device) : IDisposable
{
    private const double Epsilon = 1e-8;
    private const long ChunkElements = 1L << 24;

    private readonly ModuleGradients? _inverseRoots =
        secondMoments?.Map((_, v) => v.to_type(ScalarType.Float64).sqrt().add(Epsilon).reciprocal().to(device).to_type(dtype));

    public Tensor Project(CapturedBatch batch) => _inverseRoots is null
        ? projector.Project(batch)
        : cat([.. projector.Projections.Select((p, m) =>
    {
        var parts = new List<Tensor>();
        batch.Layers[m].ForChunks(ChunkElements, (_, g) =>
            parts.Add(
                p.Output.matmul(g.mul(_inverseRoots.Tensors[m])).matmul(p.Input.transpose(0, 1)).flatten(1).MoveToOuterDisposeScope()));
        return cat([.. parts], 0);
    })], 1);

    public void Dispose() => _inverseRoots?.Dispose();
}
