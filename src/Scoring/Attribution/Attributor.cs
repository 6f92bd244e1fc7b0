using Tda.Core.Artifacts;
using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Core.Scores;
using Tda.Scoring.Capture;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;

namespace Tda.Scoring.Attribution;

/// <summary>
/// Explains queries by documents:
/// <list type="number">
/// <item>Open the index, its surrogate and its corpus; refuse what has changed since.</item>
/// <item>Score every document for every query (or for their mean), and normalise.</item>
/// <item>Rank.</item>
/// <item>With tokens: score the label tokens of the ranked documents.</item>
/// <item>Write <c>runs/&lt;id&gt;/</c>, with what was set apart named.</item>
/// </list>
/// </summary>
public static class Attributor
{
    /// <exception cref="UsageException">Options out of range, an unknown method, or the run exists.</exception>
    /// <exception cref="BadInputException">Index, surrogate or corpus missing, damaged or changed.</exception>
    public static AttributionResult Run(
        AttributeOptions options, IProgressSink progress, TimeProvider time, CancellationToken cancellation = default)
    {
        // 1. Inputs.
        options.Validate();
        ArtifactDirectory.RequireFree(options.Home.RunDirectory(options.Run), options.Replace);
        using var session = ScoringSession.Open(options.Home, options.Index, options.BatchTokens, progress, cancellation);
        var name = options.Method ?? AttributionMethods.DefaultFor(session.Index.Info.Method);
        using var method = AttributionMethods.Open(name, session, options.Options);
        var queries = options.Aggregate ? QuerySet.Aggregated(options.Queries) : QuerySet.Each(options.Queries);
        var normalisation = options.Normalisation ?? method.DefaultNormalisation;

        // 2. Documents.
        var apart = new ExcludedLedger();
        var scores = method.Score(queries, normalisation, apart.Add, progress, cancellation);
        apart.RequireTargets(queries);

        // 3. Ranking.
        var ranking = queries.Targets.SelectMany((t, i) => DocumentRanking.Of(scores.Row(i), session.Rows, options.Top, options.Aggregate ? null : t.Id)).ToList();

        // 4. Tokens.
        var tokens = options.Tokens ? Tokens(options, session, method, queries, ranking, apart, progress, cancellation) : null;

        // 5. Files.
        var facts = new RunFacts(
            method, options.Options.DampingFactor, normalisation, options.Tokens ? options.TokenDefinition : null, options.Index,
            "tda attribute");
        var directory = RunFiles.Write(
            options.Home.RunDirectory(options.Run), options.Replace, facts, session, queries, scores, ranking, tokens, apart, time);
        return new AttributionResult(
            directory, method.Name, method.N, session.Rows.DocumentCount - apart.Documents, apart.Entries.Count, ranking);
    }

    private static IEnumerable<TokenScore> Tokens(
        AttributeOptions options, ScoringSession session, IAttributionMethod method, QuerySet queries,
        IReadOnlyList<DocumentScore> ranking, ExcludedLedger apart, IProgressSink progress, CancellationToken cancellation)
    {
        var ranked = ranking.Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        var rows = new RowFilter(session.Rows, d => ranked.Contains(session.Rows.IdOf(d)));
        var table = new TokenTable(queries.Targets.Count, session.Rows);
        method.ScoreTokens(queries, rows, options.TokenDefinition, table.Add, apart.Add, progress, cancellation);
        return table.Lines(session, [.. queries.Targets.Select(t => options.Aggregate ? null : t.Id)], cancellation);
    }
}
