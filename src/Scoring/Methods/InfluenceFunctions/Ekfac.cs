namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>
/// Influence through Kronecker factors of the curvature (George et al. 2018; Grosse et al. 2023), and without EK-FAC's correction.
/// </summary>
internal static class Ekfac
{
    /// <summary>EK-FAC. Over an index it takes the index's factors.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "ekfac",
        Family = MethodFamily.InfluenceFunctions,
        Summary = "eigenvalue-corrected Kronecker factors",
        Needs = MethodNeeds.Factors,
        Index = IndexMethod.Ekfac,
        Tokens = true,
        Layers = true,
        Create = setup => setup.WithFactors(factors => Influence("ekfac", setup, factors)),
    };

    /// <summary>K-FAC, fitted in any case: an index has no eigenvalues of it.</summary>
    public static AttributionMethod Kfac { get; } = new()
    {
        Name = "kfac",
        Family = MethodFamily.InfluenceFunctions,
        Summary = "Kronecker factors without EK-FAC's correction",
        Layers = true,
        Create = setup =>
        {
            using var fitted = KfacFitter.Fit(setup.Context.Capture, setup.Context.Documents, new EkfacOptions(), setup.Cancellation);
            return Influence("kfac", setup, fitted);
        },
    };

    private static LinearInfluence Influence(string name, MethodSetup setup, EkfacFactors factors) => new(
        name, setup.Context.Capture, setup.Context.Documents.RowCount,
        new EkfacPreconditioner(factors, setup.Options.Damping, setup.Model.DType, setup.Model.Device), setup.Options);
}
