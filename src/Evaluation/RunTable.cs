namespace Tda.Evaluation;

/// <summary>A run's scores by document: rows of one document are added up.</summary>
/// <param name="Method">The run's method.</param>
/// <param name="Queries">What was explained.</param>
/// <param name="Documents">Ids, in the run's order.</param>
/// <param name="Sources">Their sources.</param>
/// <param name="Scores">[queries, documents].</param>
public sealed record RunTable(
    string Method, IReadOnlyList<Query> Queries, IReadOnlyList<string> Documents, IReadOnlyList<string> Sources, ScoreMatrix Scores)
{
    /// <summary>Reads a run.</summary>
    public static RunTable Of(ScoreRun run)
    {
        var (places, sources) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<string>());
        var columns = new int[run.Rows.Count];
        for (var row = 0; row < columns.Length; row++)
        {
            if (!places.TryGetValue(run.Rows[row].Id, out var place))
            {
                places[run.Rows[row].Id] = place = sources.Count;
                sources.Add(run.Rows[row].Source);
            }
            columns[row] = place;
        }
        var scores = new ScoreMatrix(run.Queries.Count, sources.Count);
        for (var q = 0; q < run.Queries.Count; q++)
        {
            var own = run.Scores.Row(q);
            for (var row = 0; row < columns.Length; row++)
            {
                scores[q, columns[row]] += own[row];
            }
        }
        return new RunTable(run.Header.Method, run.Queries, [.. places.OrderBy(p => p.Value).Select(p => p.Key)], sources, scores);
    }

    /// <summary>The scores in a bank's order of queries and documents. Documents that the run doesn't have are set apart (NaN).</summary>
    /// <exception cref="BadInputException">The run lacks one of the bank's queries, or all of its documents.</exception>
    public ScoreMatrix For(RetrainingOutcomes outcomes)
    {
        string[] missing = [.. outcomes.Queries.Except(Queries.Select(q => q.Id))];
        if (missing.Length > 0)
        {
            throw new BadInputException(
                "run", $"has no scores for {missing.Length} of the bank's {outcomes.Queries.Count} queries, '{missing[0]}' among them",
                remedy: "Attribute the bank's own query file, without --aggregate.");
        }

        return outcomes.Documents.Intersect(Documents).Any()
            ? For(outcomes.Queries, outcomes.Documents)
            : throw new BadInputException("run", "scores none of the bank's documents", remedy: "Run and bank must be of one corpus.");
    }

    /// <summary>The scores in another order. Documents that the run doesn't have are set apart (NaN); queries must be its own.</summary>
    public ScoreMatrix For(IReadOnlyList<string> queries, IReadOnlyList<string> documents)
    {
        var (rows, columns) = (Places(Queries.Select(q => q.Id)), Places(Documents));
        var scores = new ScoreMatrix(queries.Count, documents.Count);
        for (var d = 0; d < scores.Documents; d++)
        {
            if (!columns.TryGetValue(documents[d], out var own))
            {
                scores.Exclude(d);
                continue;
            }

            for (var q = 0; q < scores.Targets; q++)
            {
                scores[q, d] = Scores[rows[queries[q]], own];
            }
        }

        return scores;
    }

    internal static Dictionary<string, int> Places(IEnumerable<string> ids) =>
        ids.Index().ToDictionary(place => place.Item, place => place.Index, StringComparer.Ordinal);
}
