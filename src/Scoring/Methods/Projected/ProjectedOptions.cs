namespace Tda.Scoring.Methods.Projected;

/// <summary>Methods on projected gradients.</summary>
public sealed record ProjectedOptions
{
    /// <summary>Rank per side of a layer's projected gradient, at least 1; a narrower layer is kept whole. Default 16.</summary>
    public int Rank { get; init; } = 16;

    /// <summary>
    /// LoRIF: c, factors kept of each row's projected gradient and layer, at least 1; at most the smaller side. Default 1.
    /// </summary>
    public int FactorRank { get; init; } = 1;

    /// <summary>LoRIF: directions of each layer's curvature that the randomised SVD keeps, at least 1; at most all. Default 64.</summary>
    public int CurvatureRank { get; init; } = 64;

    /// <summary>LoRIF: power iterations of the randomised SVD, 0 to 10. Default 2.</summary>
    public int PowerIterations { get; init; } = 2;

    /// <summary>TrackStar: the queries' share of the mixed second-moment matrix, 0 to 1. Default .9.</summary>
    public double QueryShare { get; init; } = 0.9;

    /// <summary>TRAK: a random projection (default), or the gradients themselves.</summary>
    public TrakProjection TrakProjection { get; init; } = TrakProjection.Random;

    /// <summary>TRAK: p, length of a projected gradient of all layers together, at least 1. Default 512.</summary>
    public int TrakDimension { get; init; } = 512;

    /// <summary>
    /// TRAK: most elements of its projection, weights × p, at least 1; without one twice those of the gradients held at once, and those of the
    /// documents' inner products. Default 2²⁸ (1 GiB of float32).
    /// </summary>
    public long TrakElements { get; init; } = 1L << 28;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .AtLeast("projection rank", Rank, 1)
        .AtLeast("factor rank", FactorRank, 1)
        .AtLeast("curvature rank", CurvatureRank, 1)
        .Between("power iterations", PowerIterations, 0, 10)
        .Between("query share", QueryShare, 0, 1)
        .AtLeast("TRAK's dimension", TrakDimension, 1)
        .AtLeast("TRAK's elements", TrakElements, 1).Errors;
}

/// <summary>What TRAK makes of a gradient.</summary>
public enum TrakProjection
{
    /// <summary>Products with random signs (<see cref="Rademacher"/>): a small vector for each of any number of documents.</summary>
    Random,

    /// <summary>Nothing: inner products of whole gradients (<see cref="KernelTrak"/>), for few documents.</summary>
    Exact,
}

/// <summary>Projections and curvatures that methods on projected gradients fit in memory.</summary>
internal static class ProjectedFit
{
    /// <summary>A random projection of both sides of every layer; says which layers are too narrow for it.</summary>
    public static Projector Random(MethodSetup setup)
    {
        SayWhatIsKeptWhole(setup);
        return Projector.Random(
            setup.Model.Modules, setup.Options.Projected.Rank, setup.Context.Seed, setup.Model.DType, setup.Model.Device);
    }

    /// <summary>A projection on the leading eigenvectors of both covariances.</summary>
    public static Projector Pca(MethodSetup setup)
    {
        SayWhatIsKeptWhole(setup);
        var fitter = new EkfacFitter(setup.Context.Capture, new EkfacOptions());
        using var covariances = fitter.Covariances(setup.Context.Documents, cancellation: setup.Cancellation);
        using var basis = fitter.Basis(covariances);
        return Projector.Pca(setup.Model.Modules, setup.Options.Projected.Rank, basis, setup.Model.DType, setup.Model.Device, setup.Context.Seed);
    }

    /// <summary>Second moments of the documents' projected gradients; the caller owns them.</summary>
    public static LograCurvature Curvature(MethodSetup setup, Projector projector, Func<CapturedBatch, Tensor> project)
    {
        using var owned = new Owned();
        var curvature = owned.Add(new LograCurvature(projector));
        using var task = setup.Progress.Start("Curvature", setup.Context.Documents.RowCount, "rows");
        setup.Context.Capture.ForEach(setup.Context.Documents, LabelSource.True, batch =>
        {
            // Rows without a finite gradient are zero; counting them would shrink the mean.
            var kept = Enumerable.Range(0, batch.Rows.Count).Where(b => batch.Finite[b]).Select(b => (long)b).ToArray();
            if (kept.Length == 0)
            {
                return;
            }

            var rows = project(batch).cpu();
            curvature.Add(kept.Length == batch.Rows.Count ? rows : rows.index_select(0, tensor(kept, [kept.Length])));
        }, rows => task.Report(rows), setup.Cancellation);
        owned.Release();
        return curvature;
    }

    private static void SayWhatIsKeptWhole(MethodSetup setup)
    {
        var (modules, rank) = (setup.Model.Modules, setup.Options.Projected.Rank);
        var whole = modules.Count(m => rank > m.Outputs || rank > m.Columns);
        if (whole > 0)
        {
            setup.Progress.Message($"{whole} of {modules.Count} layers have a side smaller than rank {rank}: that side is kept whole.");
        }
    }
}
