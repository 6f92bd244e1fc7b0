namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>Products of gradients without any curvature: TracIn at one checkpoint with η = 1, and its cosine.</summary>
internal static class GradientProduct
{
    /// <summary>The inner product.</summary>
    public static AttributionMethod Dot { get; } = Entry("grad-dot", "inner product of gradients", Normalisation.None);

    /// <summary>The cosine.</summary>
    public static AttributionMethod Cosine { get; } = Entry("grad-cos", "cosine of gradients", Normalisation.Cosine);

    private static AttributionMethod Entry(string name, string summary, Normalisation normalisation) => new()
    {
        Name = name,
        Family = MethodFamily.InfluenceFunctions,
        Summary = summary,
        Tokens = true,
        Layers = true,
        Create = setup => new LinearInfluence(
            name, setup.Context.Capture, setup.Context.Documents.RowCount, new IdentityPreconditioner(setup.Model.Modules), setup.Options,
            normalisation),
    };
}
