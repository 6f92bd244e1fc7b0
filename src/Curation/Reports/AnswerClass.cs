namespace Tda.Curation.Reports;

/// <summary>Answers of one label, and what is behind them.</summary>
/// <param name="Name">The label.</param>
/// <param name="Answers">How many were explained.</param>
/// <param name="Sources">The sources with the largest shares of their positive influence, mean over the answers.</param>
/// <param name="Leading">The document with the highest mean score.</param>
/// <param name="Correlations">Spearman's correlation over documents of its mean scores with each class's, in their order; null: not defined.</param>
public sealed record AnswerClass(
    string Name, int Answers, IReadOnlyList<ClassSource> Sources, ReportDocument Leading, IReadOnlyList<double?> Correlations)
{
    private const int MostClasses = 8;
    private const int SourcesShown = 3;

    /// <summary>
    /// The classes of a run: its answers by label, or the two parts of a contrast. None where there are fewer than two, or more than fit a
    /// table: <c>tda evaluate classes</c> has no such limit.
    /// </summary>
    internal static IReadOnlyList<AnswerClass> Of(ScoreRun run, RunDocuments documents)
    {
        // The differential is no class; its parts are.
        var parts = run.Queries.Count > documents.Rows.Count;
        var groups = run.Explained.Index()
            .Where(q => parts ? !documents.Rows.Contains(q.Index) : !string.IsNullOrEmpty(q.Item.Label))
            .GroupBy(q => parts ? q.Item.Id : q.Item.Label!, StringComparer.Ordinal)
            .Select(group => (Name: group.Key, Rows: group.Select(q => q.Index).ToArray()))
            .ToArray();
        if (groups.Length is < 2 or > MostClasses)
        {
            return [];
        }

        double[][] means = [.. groups.Select(group => Mean([.. group.Rows.Select(documents.Scores)]))];
        var counts = documents.Sources.CountBy(source => source).ToDictionary(StringComparer.Ordinal);
        return
        [
            .. groups.Select((group, c) => new AnswerClass(
                group.Name,
                group.Rows.Length,
                [.. Shares(group.Rows, documents).Select(s => new ClassSource(s.Key, s.Value, s.Value * documents.Ids.Count / counts[s.Key]))],
                Strongest(means[c], documents),
                [.. means.Select(other => Correlation.Spearman(means[c], other)).Select(rho => double.IsNaN(rho) ? (double?)null : rho)]))
        ];
    }

    private static IEnumerable<KeyValuePair<string, double>> Shares(int[] rows, RunDocuments documents) =>
        rows.SelectMany(documents.SourceShares)
            .GroupBy(share => share.Key, share => share.Value, StringComparer.Ordinal)
            .Select(group => KeyValuePair.Create(group.Key, group.Sum() / rows.Length))
            .OrderByDescending(share => share.Value)
            .ThenBy(share => share.Key, StringComparer.Ordinal)
            .Take(SourcesShown);

    private static ReportDocument Strongest(double[] mean, RunDocuments documents)
    {
        var d = Enumerable.Range(0, mean.Length).OrderByDescending(i => mean[i]).ThenBy(i => documents.Ids[i], StringComparer.Ordinal).First();
        return new ReportDocument(1, documents.Ids[d], documents.Sources[d], mean[d], Math.Max(0, mean[d]) / mean.Sum(score => Math.Max(0, score)));
    }

    private static double[] Mean(float[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(d => rows.Average(row => (double)row[d]))];
}

/// <summary>A source's part in the influence on a class.</summary>
/// <param name="Name">The source.</param>
/// <param name="Share">Its share of the positive influence, 0 to 1.</param>
/// <param name="Multiplier">That share over its share of the documents: 1 is what chance gives.</param>
public sealed record ClassSource(string Name, double Share, double Multiplier);
