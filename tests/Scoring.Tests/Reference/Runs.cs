using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Tests.Reference;

/// <summary>Runs influence methods in memory.</summary>
internal static class Runs
{
    public static ScoreMatrix Score(
        string method, InfluenceContext context, MethodOptions options, IRowSource queries, IReadOnlyList<Target> targets,
        List<ExcludedDocument>? excluded = null, Normalisation? normalisation = null, IRowSource? documents = null)
    {
        using var influence = AttributionMethods.Create(method, context, options, NullProgress.Instance, CancellationToken.None);
        return Score(influence, documents ?? context.Documents, queries, targets, excluded, normalisation);
    }

    public static ScoreMatrix Score(
        IInfluence influence, IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, List<ExcludedDocument>? excluded = null,
        Normalisation? normalisation = null) =>
        influence.Score(
            documents, queries, targets, normalisation ?? influence.DefaultNormalisation, e => excluded?.Add(e), NullProgress.Instance,
            CancellationToken.None);

    public static GradientCapture Capture(ICaptureModel model, int batchTokens = 2048) => new(model, new CaptureOptions { BatchTokens = batchTokens });

    public static Target[] Each(IRowSource queries) =>
        [.. Enumerable.Range(0, queries.DocumentCount).Select(q => new Target(queries.IdOf(q), [q]))];

    public static double[] Row(ScoreMatrix scores, int target) => [.. scores.Row(target).ToArray().Select(x => (double)x)];

    public static TrajectoryPoint Point(
        ICaptureModel model, int step, double rate, int steps, double momentum = 0, Func<ModuleGradients>? secondMoments = null, int batchTokens = 2048) =>
        new(step, rate, steps, momentum, () =>
            new OpenedCapture(Capture(model, batchTokens), null), secondMoments);
}
