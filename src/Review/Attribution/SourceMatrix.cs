namespace Tda.Review.Attribution;

/// <summary>Every source's share of the positive influence on every class of answers, by one run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Classes">Labels of its queries, with how many there are of each; of those without, a few stand for themselves.</param>
/// <param name="Sources">The sources, the largest share over all classes first.</param>
public sealed record SourceMatrix(OpenedRun Run, IReadOnlyList<(string Name, int Answers)> Classes, IReadOnlyList<SourceRow> Sources)
{
    /// <summary>Classes at most: more make no table that anybody reads.</summary>
    private const int MostClasses = 12;

    /// <summary>Answers without a label that have a column each; of more, all are one class.</summary>
    private const int FewAnswers = 4;

    private const string Unlabelled = "answers";

    private const int StrongestDocuments = 5;

    /// <summary>The matrix of a run.</summary>
    public static SourceMatrix Of(OpenedRun run)
    {
        var queries = run.Scores.Queries;
        var single = queries.Count(query => query.Label is null) <= FewAnswers;
        var classes = Enumerable.Range(0, queries.Count)
            .GroupBy(row => queries[row].Label ?? (single ? queries[row].Id : Unlabelled), StringComparer.Ordinal).Take(MostClasses).ToArray();
        var shares = new Dictionary<string, double[]>(StringComparer.Ordinal);
        var strongest = new Dictionary<string, Dictionary<string, double>>(StringComparer.Ordinal);
        var documents = run.Scores.Rows.DistinctBy(row => row.Id).GroupBy(row => row.Source, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        foreach (var (group, c) in classes.Select((group, c) => (group, c)))
        {
            foreach (var one in group.SelectMany(run.Ranked).Where(one => one.Share > 0))
            {
                if (!shares.TryGetValue(one.Source, out var own))
                {
                    shares[one.Source] = own = new double[classes.Length];
                    strongest[one.Source] = new(StringComparer.Ordinal);
                }

                // Shares first, mean after: an answer with large scores must not speak for the others.
                own[c] += one.Share / group.Count();
                strongest[one.Source][one.Id] = strongest[one.Source].GetValueOrDefault(one.Id) + one.Share / queries.Count;
            }
        }

        return new(run, [.. classes.Select(group => (group.Key, group.Count()))],
        [
            .. documents.Select(source => new SourceRow(source.Key, source.Value, shares.GetValueOrDefault(source.Key) ?? new double[classes.Length],
                [.. (strongest.GetValueOrDefault(source.Key) ?? []).OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).Take(StrongestDocuments).Select(one => one.Key)]))
                .OrderByDescending(row => row.Shares.Sum()).ThenBy(row => row.Name, StringComparer.Ordinal),
        ]);
    }
}

/// <summary>A source's part.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Documents">Its documents in the run.</param>
/// <param name="Shares">Share of the positive influence on each class, 0 to 1; over all sources they sum to 1.</param>
/// <param name="Strongest">Ids of its documents that speak most over all answers.</param>
public sealed record SourceRow(string Name, int Documents, IReadOnlyList<double> Shares, IReadOnlyList<string> Strongest);
