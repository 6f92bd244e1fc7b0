using Tda.Scoring.Curvature;

namespace Tda.Scoring.Methods;

/// <summary>Methods of one checkpoint: the query's gradient through an (approximate) inverse curvature.</summary>
internal static class CurvatureMethods
{
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        new("grad-dot", MethodNeeds.None, "inner product of gradients", (context, options, _, _) => Identity("grad-dot", context, options, Normalisation.None)),
        new("grad-cos", MethodNeeds.None, "cosine of gradients", (context, options, _, _) => Identity("grad-cos", context, options, Normalisation.Cosine)),
        new("ekfac", MethodNeeds.Factors, "eigenvalue-corrected Kronecker factors", (context, options, _, cancellation) =>
        {
            var model = context.Capture.Model;
            using var fitted = context.Factors is null ? new EkfacFitter(context.Capture, new EkfacOptions()).Fit(context.Documents, cancellation: cancellation) : null;
            var preconditioner = new EkfacPreconditioner(context.Factors ?? fitted!, new Damping(options.DampingFactor), model.DType, model.Device);
            return new LinearInfluence("ekfac", context.Capture, context.Documents.RowCount, preconditioner, options);
        }),
    ];

    private static LinearInfluence Identity(string name, InfluenceContext context, MethodOptions options, Normalisation normalisation) =>
        new(name, context.Capture, context.Documents.RowCount, new IdentityPreconditioner(context.Capture.Model.Modules), options, normalisation);
}
