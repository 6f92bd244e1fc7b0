using Tda.Core.Scores;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Attribution;

/// <summary>Which targets are explained, after their certificates.</summary>
/// <param name="Queries">The targets to score.</param>
/// <param name="Fidelity">Their certificates; empty where none are measured.</param>
/// <param name="Abstained">The targets below the threshold, with theirs.</param>
internal sealed record Certificates(QuerySet Queries, IReadOnlyList<AnswerFidelity?> Fidelity, IReadOnlyList<ExplainedQuery> Abstained)
{
    /// <summary>Answers abstained from that a message is about each; the run names all.</summary>
    private const int Named = 3;

    /// <summary>Measures and decides. Of a contrast both sets must pass, or neither is explained.</summary>
    public static Certificates Of(
        ScoringSession session, string method, QuerySet queries, AttributeOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        if (LexicalMethods.IgnoresTheModel(method))
        {
            return new(queries, [], []);
        }

        var measured = FidelityCertifier.Measure(session, queries, options.Options.IncludeEnd, cancellation);
        bool Passes(int t) => options.Force || !(measured[t]?.Fidelity < options.MinFidelity);
        var all = Enumerable.Range(0, measured.Count).ToArray();
        var kept = options.Contrast is not null && !all.All(Passes) ? [] : all.Where(Passes).ToArray();
        var abstained = all.Except(kept).Select(t => RunFiles.Explained(queries.Targets[t], queries) with { Fidelity = measured[t], Abstained = true }).ToArray();
        foreach (var query in abstained.Take(Named))
        {
            progress.Message(FormattableString.Invariant($"Abstaining from '{query.Id}': the surrogate needs {query.Fidelity?.NatsPerToken:F2} nats a token for this answer, word frequencies {query.Fidelity?.UnigramNatsPerToken:F2} (fidelity {query.Fidelity?.Fidelity:F3}, at least {options.MinFidelity:F3} is wanted)."));
        }

        if (abstained.Length > Named)
        {
            progress.Message($"Abstaining from {abstained.Length - Named} more for the same reason; queries.jsonl has their fidelity.");
        }

        if (abstained.Length > 0)
        {
            progress.Message("What explains the surrogate explains nothing of the closed model there. Distil a better surrogate, lower --min-fidelity, or score anyway with --force.");
        }

        return new(queries with { Targets = [.. kept.Select(t => queries.Targets[t])] }, [.. kept.Select(t => measured[t])], abstained);
    }
}
