using Tda.Core.Artifacts;
using Tda.Core.Scores;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Runs;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>
/// IF-Guide's token scores, <c>S_ij = (ḡ_harm − ḡ_safe)ᵀ (G + λI)⁻¹ ∇loss(x_ij)</c> with ḡ means of query gradients. Choosing the
/// mask from them is Curation's part.
/// <list type="number">
/// <item>Open the index, its surrogate and its corpus.</item>
/// <item>Score every label token for the harmful and for the safe queries.</item>
/// <item>Differential = harm − safe, token by token; a document's score is the sum over its tokens.</item>
/// <item>Rank documents by the differential; write the run: rows <c>differential</c>, <c>harm</c>, <c>safe</c>.</item>
/// </list>
/// </summary>
public static class Guide
{
    /// <exception cref="UsageException">Options out of range, a method without token scores, or the run exists.</exception>
    /// <exception cref="BadInputException">Index, surrogate or corpus missing, damaged or changed.</exception>
    public static AttributionResult Run(
        GuideOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        // 1. Inputs.
        options.Validate();
        ArtifactDirectory.RequireFree(options.Home.RunDirectory(options.Run), options.Replace);
        using var session = ScoringSession.Open(options.Home, options.Index, options.BatchTokens, progress, cancellation);
        using var method = AttributionMethods.Open(
            options.Method ?? AttributionMethods.DefaultFor(session.Index.Info.Method), session, options.Options);
        var queries = options.Safe.Count > 0 ? QuerySet.Contrast(options.Harm, options.Safe) : QuerySet.Aggregated(options.Harm, "harm");

        // 2. Tokens.
        var apart = new ExcludedLedger();
        var table = new TokenTable(queries.Targets.Count, session.Rows);
        method.ScoreTokens(queries, session.Rows, options.TokenDefinition, row => table.Add(row), apart.Add, progress, cancellation);
        apart.RequireTargets(queries);
        var names = apart.Entries.Where(e => e.Stage != "query").Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var document in Enumerable.Range(0, session.Rows.DocumentCount).Where(d => names.Contains(session.Rows.IdOf(d))))
        {
            table.Remove(document);
        }

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
        var ranking = DocumentRanking.Of(scores.Row(0), session.Rows, options.Top ?? session.Rows.DocumentCount, null).ToList();
        var facts = RunFacts.Of(
            method, options.Options.DampingFactor, Normalisation.None, options.TokenDefinition, options.Index, "tda guide");
        var directory = RunFiles.Write(
            options.Home.RunDirectory(options.Run), options.Replace, facts, session, all, scores, ranking,
            differential.Lines(session, [null], cancellation), apart, time);
        return new AttributionResult(
            directory, method.Name, method.N, session.Rows.DocumentCount - apart.Documents, apart.Entries.Count, ranking);
    }
}
