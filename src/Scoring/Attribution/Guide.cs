using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution;

/// <summary>
/// IF-Guide's token scores, <c>S_ij = (ḡ_harm − ḡ_safe)ᵀ (G + λI)⁻¹ ∇loss(x_ij)</c> with ḡ means of query gradients. Choosing the
/// mask from them is Curation's part.
/// <list type="number">
/// <item>Open the index, its surrogate and its corpus; go on with unfinished work on the same question.</item>
/// <item>Score every label token for the harmful and for the safe queries.</item>
/// <item>Differential = harm − safe, token by token; a document's score is the sum over its tokens.</item>
/// <item>Rank documents by the differential; write the run: rows <c>differential</c>, <c>harm</c>, <c>safe</c>.</item>
/// </list>
/// </summary>
public static class Guide
{
    /// <exception cref="UsageException">Options out of range, a method without token scores, or the run exists.</exception>
    /// <exception cref="BadInputException">Index, surrogate or corpus missing, damaged or changed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the same question goes on where it stopped (<see cref="BatchJournal"/>).</exception>
    public static AttributionResult Run(
        GuideOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        // 1. Inputs.
        options.Validate();
        ArtifactDirectory.RequireFree(options.Home.RunDirectory(options.Run), options.Replace);
        using var session = ScoringSession.Open(options.Home, options.Index, options.BatchTokens, progress, cancellation);
        Staleness.Check(session, options, progress);
        var queries = options.Safe.Count > 0 ? QuerySet.Contrast(options.Harm, options.Safe) : QuerySet.Aggregated(options.Harm, "harm");
        var name = options.Method ?? AttributionMethods.DefaultFor(session.Index.Info.Method);
        AttributionMethods.RequireTokens(name);
        AttributionMethods.Require(name, session, options.Options, queries.Queries);
        using var journal = SessionJournal.Open(options, session, progress, time);
        session.Keep(journal);
        using var method = AttributionMethods.Open(name, session, options.Options, queries.Queries, progress, cancellation);

        // 2. Tokens.
        var apart = new ExcludedLedger();
        var table = new TokenScoreTable(queries.Targets.Count, session.Rows);
        method.ScoreTokens(queries, session.Rows, options.TokenDefinition, row => table.Add(row), apart.Add, progress, cancellation);
        apart.RequireTargets(queries);
        table.Remove(apart);

        // 3. Differential.
        var differential = table.Select(1, own => [Differential.Of(own)]);
        var all = queries with { Targets = [new Target(ScoreFormat.Differential, [.. Enumerable.Range(0, queries.Queries.Count)]), .. queries.Targets] };
        var scores = new ScoreMatrix(all.Targets.Count, session.Rows.DocumentCount);
        for (var d = 0; d < scores.Documents; d++)
        {
            scores[0, d] = differential.Sum(d, 0);
            for (var t = 0; t < queries.Targets.Count; t++)
            {
                scores[t + 1, d] = table.Sum(d, t);
            }
        }

        // 4. Ranking and files.
        var ranking = TopDocuments.Named(session.Corpus, TopDocuments.Of(scores.Row(0), session.Rows, options.Top ?? session.Rows.DocumentCount, null));
        var facts = new RunFacts("tda guide", method.Name, method.Damping, method.N, Normalisation.None, options.TokenDefinition)
        {
            Coverage = RunFacts.CoverageOf(method.Name, session),
        };
        var directory = RunFiles.Write(
            options, facts, session, all, scores, ranking, differential.Lines(session, [null], cancellation), apart, time);
        journal.Finish();
        return new AttributionResult(
            directory, method.Name, method.N, session.Rows.DocumentCount - apart.Documents, apart.Entries.Count, ranking)
        {
            Coverage = facts.Coverage,
        };
    }
}

/// <summary>What IF-Guide (2506.01790) is to suppress and to spare.</summary>
public sealed record GuideOptions : ScoringOptions
{
    /// <summary>Queries whose completions are harmful; at least one.</summary>
    public required IReadOnlyList<Query> Harm { get; init; }

    /// <summary>Queries whose completions are as they should be; none makes the differential equal to the harm score.</summary>
    public required IReadOnlyList<Query> Safe { get; init; }

    /// <summary>Documents in <c>top.jsonl</c>; null (default) for all.</summary>
    public int? Top { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var twice = Harm.Concat(Safe).GroupBy(q => q.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        new OptionChecks()
            .Require(Harm.Count > 0, $"there is no harmful query")
            .Require(twice is null, $"query id '{twice}' comes twice among the harmful and the safe")
            .AtLeast("top", Top ?? 1, 1)
            .Between("batch tokens", BatchTokens, 1, 1_000_000)
            .Throw("The guide's");
        Options.Validate();
    }
}

/// <summary>IF-Guide's contrast of two sets of queries.</summary>
public static class Differential
{
    /// <summary>
    /// Harm less safe, element by element; harm alone when there is no safe set. Scores are linear in the query's gradient, so this
    /// equals the score of <c>ḡ_harm − ḡ_safe</c>.
    /// </summary>
    /// <param name="scores">Scores for harm and, if any, for safe.</param>
    public static float[] Of(IReadOnlyList<float[]> scores) => scores.Count == 1 ? scores[0] : Of(scores[0], scores[1]);

    /// <summary>One set's scores less another's.</summary>
    public static float[] Of(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        var difference = first.ToArray();
        for (var d = 0; d < difference.Length; d++)
        {
            difference[d] -= second[d];
        }

        return difference;
    }
}
