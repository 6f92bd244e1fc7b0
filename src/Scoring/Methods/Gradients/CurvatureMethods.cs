using Tda.Scoring.Curvature;
using Tda.Scoring.Curvature.Solvers;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>Methods of one checkpoint: the query's gradient through an (approximate) inverse curvature.</summary>
internal static class CurvatureMethods
{
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        new("grad-dot", MethodNeeds.None, "inner product of gradients", (context, options, _, _) => Identity("grad-dot", context, options, Normalisation.None)),
        new("grad-cos", MethodNeeds.None, "cosine of gradients", (context, options, _, _) => Identity("grad-cos", context, options, Normalisation.Cosine)),
        new("ekfac", MethodNeeds.Factors, "eigenvalue-corrected Kronecker factors", (context, options, _, cancellation) =>
        {
            using var fitted = context.Factors is null ? new EkfacFitter(context.Capture, new EkfacOptions()).Fit(context.Documents, cancellation: cancellation) : null;
            return Kronecker("ekfac", context, options, context.Factors ?? fitted!);
        }),
        new("kfac", MethodNeeds.None, "Kronecker factors without EK-FAC's correction", (context, options, _, cancellation) =>
        {
            using var fitted = KfacFitter.Fit(context.Capture, context.Documents, cancellation: cancellation);
            return Kronecker("kfac", context, options, fitted);
        }),
        Solved("explicit", MethodNeeds.SmallModel, "exact inverse of the Gauss-Newton matrix, small models", CurvatureSolvers.Explicit),
        Solved("cg", MethodNeeds.None, "Gauss-Newton inverse by conjugate gradients", CurvatureSolvers.Cg),
        Solved("lissa", MethodNeeds.None, "Gauss-Newton inverse by a Neumann series over mini-batches", CurvatureSolvers.Lissa),
        Solved("arnoldi", MethodNeeds.None, "Gauss-Newton inverse on its largest eigenvectors", CurvatureSolvers.Arnoldi),
        Solved("datainf", MethodNeeds.None, "mean of inverses of single examples' curvature, by module", CurvatureSolvers.DataInf),
        Solved("astra", MethodNeeds.Factors, "Gauss-Newton inverse iterated from EK-FAC's answer", CurvatureSolvers.Astra),
        Solved("astra-cg", MethodNeeds.Factors, "Gauss-Newton inverse by conjugate gradients preconditioned with EK-FAC", CurvatureSolvers.AstraCg),
    ];

    private static InfluenceMethod Solved(
        string name, MethodNeeds needs, string summary, Func<InfluenceContext, MethodOptions, IProgressSink, CancellationToken, ICurvatureSolver> solver) =>
        new(name, needs, summary, (context, options, progress, cancellation) =>
            new SolvedInfluence(name, context.Capture, solver(context, options, progress, cancellation), options));

    private static LinearInfluence Kronecker(string name, InfluenceContext context, MethodOptions options, EkfacFactors factors)
    {
        var model = context.Capture.Model;
        var damping = new Damping(options.DampingFactor, options.Curvature.AbsoluteDamping);
        return new LinearInfluence(
            name, context.Capture, context.Documents.RowCount, new EkfacPreconditioner(factors, damping, model.DType, model.Device), options);
    }

    private static LinearInfluence Identity(string name, InfluenceContext context, MethodOptions options, Normalisation normalisation) =>
        new(name, context.Capture, context.Documents.RowCount, new IdentityPreconditioner(context.Capture.Model.Modules), options, normalisation);
}
