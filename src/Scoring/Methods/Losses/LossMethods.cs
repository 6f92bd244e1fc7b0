using Tda.Scoring.Curvature;

namespace Tda.Scoring.Methods.Losses;

/// <summary>Methods that need no gradient at scoring time: losses, hidden states, and chance.</summary>
internal static class LossMethods
{
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        new("loss-covariance", MethodNeeds.Ensemble, "covariance of losses over models trained alike", (context, _, _, _) =>
            new LossCovarianceInfluence(
                "loss-covariance", new EnsembleModels(context.Ensemble, context.Documents.RowCount), context.Documents.RowCount)),
        new("loss-covariance-perturbed", MethodNeeds.Factors, "covariance of losses over draws around the final weights",
            (context, options, _, cancellation) =>
        {
            using var fitted = context.Factors is null
                ? new EkfacFitter(context.Capture, new EkfacOptions()).Fit(context.Documents, cancellation: cancellation)
                : null;
            var n = context.Documents.RowCount;
            if (n == 0) { throw new UsageException("There are no documents."); } var models = new PerturbedModels(
                context.Capture, context.Factors ?? fitted!, new Damping(options.DampingFactor, options.Curvature.AbsoluteDamping), n, options.Perturbation, context.Seed);
            return new LossCovarianceInfluence("loss-covariance-perturbed", models, n);
        }),
        new("hidden-cosine", MethodNeeds.None, "cosine of mean hidden states", (context, _, _, _) =>
            new HiddenCosine(context.Capture, context.Documents.RowCount)),
        new("random", MethodNeeds.None, "seeded random numbers: the floor", (context, _, _, _) =>
            new RandomScores(context.Seed, context.Documents.RowCount)),
    ];
}
