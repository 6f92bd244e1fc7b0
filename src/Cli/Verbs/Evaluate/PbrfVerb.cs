using Tda.Evaluation;
using Tda.Evaluation.Pbrf;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate pbrf`: a run against the responses that its method estimates.</summary>
internal static class PbrfVerb
{
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Run to grade");
    private static readonly Option<string> Index = CliOption.Required("--index", "I", "Index that the run was made with");
    private static readonly Option<int> Documents = CliOption.Default("--documents", "N",
        "Documents drawn at random, each an optimisation of its own", 20);
    private static readonly Option<int> QueryCount = CliOption.Default("--queries", "N", "Queries graded, the run's first", 20);
    private static readonly Option<double?> Damping = CliOption.Optional<double?>("--damping", "L",
        "λ of the proximal term; default the run's own, mean over modules");
    private static readonly Option<int> Iterations = CliOption.Default("--iterations", "N", "Most Newton steps a document", 50);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of the draw and the resamples");

    public static Command Build() => CommandExtensions.Verb("pbrf",
        "Correlation of a run's scores with proximal Bregman responses: whether its numerics are right, not what retraining would give.",
        "tda evaluate pbrf --run run-1 --index mail-small --documents 20", Run, Index, Documents, QueryCount, Damping, Iterations, Seed).Runs(Grade);

    private static int Grade(VerbContext context)
    {
        context.ConfigureEngine();
        if (context.Get(Documents) < 3 || context.Get(QueryCount) < 1)
        {
            throw new UsageException("--documents must be at least 3 and --queries at least 1");
        }

        using var run = ScoreRun.Open(context.Home.RunDirectory(context.Get(Run)));
        var table = RunTable.Of(run);
        var damping = context.Get(Damping) ?? run.Header.Damping;
        if (!(damping > 0))
        {
            throw new UsageException($"Run {context.Get(Run)} has no damping (method {table.Method}): give --damping.");
        }

        // 1. The run's documents by the session's order, and its first queries.
        using var session = ScoringSession.Open(context.Home, context.Get(Index), new CaptureOptions().BatchTokens, context.Progress, context.Cancel);
        using var copy = session.Surrogate.Model.Clone();
        var movable = new LanguageModelCapture(copy, session.Index.Info.Track);
        movable.RequireOneUse();
        Query[] queries = [.. table.Queries.Take(context.Get(QueryCount))];
        if (queries.Any(q => q.Completion.Length == 0))
        {
            throw new BadInputException(run.Directory, "explains sets of queries; PBRF needs single ones", remedy: "Attribute without --aggregate.");
        }

        string[] documents = [.. Enumerable.Range(0, session.Rows.DocumentCount).Select(session.Rows.IdOf)];
        var scores = table.For([.. queries.Select(q => q.Id)], documents);

        // 2. Responses.
        var rows = new QueryEncoder(session.Surrogate.Tokenizer, session.Capture.Model.MaxPositions).Rows(queries, context.Progress);
        using var factors = session.Index.Info.Method == IndexMethod.Ekfac ? session.Index.Factors() : null;
        var influence = new InfluenceContext { Capture = session.Capture, Documents = session.Rows, Factors = factors, Seed = context.Get(Seed) };
        var responses = PbrfRunner.Run(
            influence, movable, new MethodOptions { Curvature = new() { AbsoluteDamping = damping } },
            new PbrfOptions { Iterations = context.Get(Iterations) },
            PbrfGrader.Draw(scores.Documents, context.Get(Documents), context.Get(Seed)), rows, [.. queries.Select((q, i) => new Target(q.Id, [i]))],
            excluded => context.Progress.Message($"{excluded.Id} is set apart: {excluded.Reason}"), context.Progress, context.Cancel);

        // 3. Agreement.
        var grade = PbrfGrader.Grade(scores, responses, new() { Seed = context.Get(Seed) });
        return context.Measured(new { Run = context.Get(Run), table.Method, Grade = grade }, console => console.WriteLine(
            $"{context.Get(Run)} ({table.Method}) against PBRF at λ = {grade.Damping:G3}: Pearson {grade.Pearson}, Spearman "
                + $"{grade.Spearman}; {grade.Documents} documents, {grade.Queries} queries, {grade.NotConverged} not converged"));
    }
}
