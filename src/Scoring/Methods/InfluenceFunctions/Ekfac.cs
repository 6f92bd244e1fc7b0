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
        Create = (context, options, _, cancellation) => context.WithFactors(factors => Influence("ekfac", context, options, factors), cancellation),
    };

    /// <summary>K-FAC, fitted in any case: an index has no eigenvalues of it.</summary>
    public static AttributionMethod Kfac { get; } = new()
    {
        Name = "kfac",
        Family = MethodFamily.InfluenceFunctions,
        Summary = "Kronecker factors without EK-FAC's correction",
        Layers = true,
        Create = (context, options, _, cancellation) =>
        {
            using var fitted = KfacFitter.Fit(context.Capture, context.Documents, cancellation: cancellation);
            return Influence("kfac", context, options, fitted);
        },
    };

    private static LinearInfluence Influence(string name, InfluenceContext context, MethodOptions options, EkfacFactors factors)
    {
        var model = context.Capture.Model;
        var preconditioner = new EkfacPreconditioner(factors, options.Damping, model.DType, model.Device);
        return new LinearInfluence(name, context.Capture, context.Documents.RowCount, preconditioner, options);
    }
}
