namespace Tda.Curation.Reports;

/// <summary>A run's scores by document, a ranked row at a time: rows of one document are added up, as the ranking adds them up.</summary>
internal sealed class RunDocuments
{
    private readonly ScoreRun _run;
    private readonly int[] _columns; // of each column the document

    public RunDocuments(ScoreRun run)
    {
        var (places, sources) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<string>());
        _run = run;
        _columns = new int[run.Rows.Count];
        for (var column = 0; column < _columns.Length; column++)
        {
            if (!places.TryGetValue(run.Rows[column].Id, out var place))
            {
                places[run.Rows[column].Id] = place = sources.Count;
                sources.Add(run.Rows[column].Source);
            }

            _columns[column] = place;
        }

        Ids = [.. places.OrderBy(p => p.Value).Select(p => p.Key)];
        Sources = sources;
        Rows = run.RankedRows;
    }

    /// <summary>Documents with a score.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Their sources.</summary>
    public IReadOnlyList<string> Sources { get; }

    /// <summary>The run's rows that rank.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>A row's scores, one a document.</summary>
    public float[] Scores(int row)
    {
        var scores = new float[Ids.Count];
        var own = _run.Scores.Row(row);
        for (var column = 0; column < _columns.Length; column++)
        {
            scores[_columns[column]] += own[column];
        }

        return scores;
    }

    /// <summary>Documents, highest score first, ties by id: the order of <c>top.jsonl</c>.</summary>
    public IEnumerable<int> Order(int row)
    {
        var scores = Scores(row);
        return Enumerable.Range(0, scores.Length).OrderByDescending(d => scores[d]).ThenBy(d => Ids[d], StringComparer.Ordinal);
    }

    /// <summary>Each source's share of a row's positive scores; empty where none is positive.</summary>
    public Dictionary<string, double> SourceShares(int row)
    {
        var shares = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (d, score) in Scores(row).Index().Where(s => s.Item > 0))
        {
            shares[Sources[d]] = shares.GetValueOrDefault(Sources[d]) + score;
        }

        var positive = shares.Values.Sum();
        return shares.ToDictionary(s => s.Key, s => s.Value / positive, StringComparer.Ordinal);
    }
}
