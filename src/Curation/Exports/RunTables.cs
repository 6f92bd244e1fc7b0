namespace Tda.Curation.Exports;

/// <summary>The tables that a run is exported as.</summary>
internal static class RunTables
{
    public static IReadOnlyList<IExportedTable> All { get; } =
    [
        new ExportedTable<ScoreLine>(
            "scores",
            "Every document's score for every query.",
            ScoreLines,
            ExportColumn<ScoreLine>.Texts("query", line => line.Query, "id of the query"),
            ExportColumn<ScoreLine>.Texts("document", line => line.Document, "id of the document"),
            ExportColumn<ScoreLine>.Texts("source", line => line.Source, "the document's source"),
            ExportColumn<ScoreLine>.Numbers("score", line => line.Score, "influence, the sum over the document's rows; positive = proponent"),
            ExportColumn<ScoreLine>.Numbers("rank", line => line.Rank, "place among the query's documents from 1, the strongest proponent first"),
            ExportColumn<ScoreLine>.Numbers("share", line => line.Share, "part of the query's positive scores that is this document's; 0 for opponents")),
        new ExportedTable<TopLine>(
            "top",
            "The documents that the run ranks, with what is known of their scores.",
            run => run.Top().Select(TopLine.Of),
            ExportColumn<TopLine>.Texts("query", line => line.Query, "id of the query; null for an aggregate of all"),
            ExportColumn<TopLine>.Numbers("rank", line => line.Rank, "from 1, the strongest proponent first"),
            ExportColumn<TopLine>.Texts("document", line => line.Document, "id of the document"),
            ExportColumn<TopLine>.Texts("name", line => line.Name, "the name by which people know it"),
            ExportColumn<TopLine>.Texts("source", line => line.Source, "the document's source"),
            ExportColumn<TopLine>.Numbers("score", line => line.Score, "influence, signed"),
            ExportColumn<TopLine>.Numbers("share", line => line.Share, "part of the query's positive scores"),
            ExportColumn<TopLine>.Optional("z", line => line.Z, "standard deviations above a document drawn at random"),
            ExportColumn<TopLine>.Optional("uncalibrated_nats", line => line.UncalibratedNats, "predicted change of the query's loss without the document, score / N"),
            ExportColumn<TopLine>.Optional("spread", line => line.Spread, "standard deviation of the score over an ensemble's members"),
            ExportColumn<TopLine>.Optional("low", line => line.Low, "lower end of the 95 % interval of the members' mean score"),
            ExportColumn<TopLine>.Optional("high", line => line.High, "its upper end"),
            ExportColumn<TopLine>.Optional("nats", line => line.Nats, "the predicted change after calibration, in nats"),
            ExportColumn<TopLine>.Optional("nats_low", line => line.NatsLow, "lower end of its 95 % interval"),
            ExportColumn<TopLine>.Optional("nats_high", line => line.NatsHigh, "its upper end")),
        new ExportedTable<TokenLine>(
            "tokens",
            "Scores of single training tokens.",
            run => run.Tokens().Select(token => new TokenLine(token.Query, token.Id, token.Token, token.Start, token.End, token.Score)),
            ExportColumn<TokenLine>.Texts("query", line => line.Query, "id of the query; null for an aggregate of all"),
            ExportColumn<TokenLine>.Texts("document", line => line.Document, "id of the document"),
            ExportColumn<TokenLine>.Numbers("token", line => line.Token, "label-token index: its position in BOS + tokens + EOS, so at least 1"),
            ExportColumn<TokenLine>.Numbers("start", line => line.Start, "its first character in the document's text, in UTF-16 units"),
            ExportColumn<TokenLine>.Numbers("end", line => line.End, "one past its last character"),
            ExportColumn<TokenLine>.Numbers("score", line => line.Score, "influence, signed")),
        new ExportedTable<QueryLine>(
            "queries",
            "What was explained.",
            run => run.Explained.Concat(run.Abstained).Select(QueryLine.Of),
            ExportColumn<QueryLine>.Texts("id", line => line.Id, "id of the query"),
            ExportColumn<QueryLine>.Texts("prompt", line => line.Prompt, "the prompt; empty for a set"),
            ExportColumn<QueryLine>.Texts("completion", line => line.Completion, "the answer; a description of a set"),
            ExportColumn<QueryLine>.Texts("label", line => line.Label, "its label"),
            ExportColumn<QueryLine>.Numbers("abstained", line => line.Abstained, "1: the surrogate doesn't predict the answer, so there are no scores; else 0"),
            ExportColumn<QueryLine>.Optional("fidelity", line => line.Fidelity, "1 − the surrogate's loss of the answer / that of word frequencies")),
    ];

    /// <summary>The ranking of all documents, query by query: ties by document id, as the run's own ranking has them.</summary>
    private static IEnumerable<ScoreLine> ScoreLines(ScoreRun run)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var documents = new List<(string Id, string Source)>();
        int[] documentOf = [.. run.Rows.Select(row =>
        {
            if (!places.TryGetValue(row.Id, out var place))
            {
                places[row.Id] = place = documents.Count;
                documents.Add((row.Id, row.Source));
            }

            return place;
        })];
        for (var query = 0; query < run.Queries.Count; query++)
        {
            var sums = Sums(run, query, documentOf, documents.Count);
            var positive = sums.Sum(sum => Math.Max(0, sum));
            var rank = 0;
            foreach (var place in Enumerable.Range(0, sums.Length).OrderByDescending(place => sums[place]).ThenBy(place => documents[place].Id, StringComparer.Ordinal))
            {
                var share = positive > 0 ? Math.Max(0, sums[place]) / positive : 0;
                yield return new ScoreLine(run.Queries[query].Id, documents[place].Id, documents[place].Source, sums[place], ++rank, share);
            }
        }
    }

    private static double[] Sums(ScoreRun run, int query, int[] documentOf, int documents)
    {
        var sums = new double[documents];
        var scores = run.Scores.Row(query);
        for (var row = 0; row < scores.Length; row++)
        {
            sums[documentOf[row]] += scores[row];
        }

        return sums;
    }
}

/// <summary>A table of a run's export.</summary>
internal interface IExportedTable
{
    /// <summary>The file's name without its ending.</summary>
    string Name { get; }

    /// <summary>Writes it and gives its number of rows.</summary>
    Task<long> WriteAsync(ScoreRun run, Stream stream, RunExportFormat format, IProgressTask task, CancellationToken cancellation);

    /// <summary>Its section of the README.md.</summary>
    string Describe(string file, long rows);
}

/// <summary>A table of a run's export. Members of <typeparamref name="T"/> are named as the columns are: JSON Lines have the same names.</summary>
internal sealed class ExportedTable<T>(string name, string summary, Func<ScoreRun, IEnumerable<T>> lines, params ExportColumn<T>[] columns) : IExportedTable
{
    private const int GroupRows = 50_000;
    private const int ReportRows = 1_000;

    public string Name => name;

    public async Task<long> WriteAsync(ScoreRun run, Stream stream, RunExportFormat format, IProgressTask task, CancellationToken cancellation)
    {
        long rows = 0;
        await using var table = format == RunExportFormat.Parquet ? new ParquetTable<T>(stream, columns, GroupRows) : null;
        foreach (var line in lines(run))
        {
            cancellation.ThrowIfCancellationRequested();
            if (table is not null)
            {
                await table.WriteAsync(line);
            }
            else
            {
                stream.Write(JsonSerializer.SerializeToUtf8Bytes(line, JsonDefaults.Options));
                stream.WriteByte((byte)'\n');
            }

            if (++rows % ReportRows == 0)
            {
                task.Report(rows);
            }
        }

        if (table is not null)
        {
            await table.FinishAsync();
        }

        return rows;
    }

    public string Describe(string file, long rows)
    {
        var text = new StringBuilder($"\n## {file}\n\n{summary} {rows.ToString("N0", CultureInfo.InvariantCulture)} rows.\n\n| column | type | meaning |\n|---|---|---|\n");
        foreach (var column in columns)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{column.Field.Name}` | {column.Type} | {column.Description} |\n");
        }

        return text.ToString();
    }
}

/// <summary>A document's score for a query.</summary>
internal sealed record ScoreLine(string Query, string Document, string Source, double Score, int Rank, double Share);

/// <summary>A ranked document, its intervals flat.</summary>
internal sealed record TopLine(string? Query, int Rank, string Document, string? Name, string Source, double Score, double Share)
{
    public double? Z { get; init; }

    public double? UncalibratedNats { get; init; }

    public double? Spread { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    public double? Nats { get; init; }

    public double? NatsLow { get; init; }

    public double? NatsHigh { get; init; }

    public static TopLine Of(DocumentScore score) => new(score.Query, score.Rank, score.Id, score.Name, score.Source, score.Score, score.Share)
    {
        Z = score.Z,
        UncalibratedNats = score.UncalibratedNats,
        Spread = score.Spread,
        Low = score.Interval?.Low,
        High = score.Interval?.High,
        Nats = score.Calibrated?.Nats,
        NatsLow = score.Calibrated?.Interval.Low,
        NatsHigh = score.Calibrated?.Interval.High,
    };
}

/// <summary>A training token's score.</summary>
internal sealed record TokenLine(string? Query, string Document, int Token, int Start, int End, double Score);

/// <summary>A query.</summary>
internal sealed record QueryLine(string Id, string Prompt, string Completion, string? Label, int Abstained, double? Fidelity)
{
    public static QueryLine Of(ExplainedQuery query) =>
        new(query.Id, query.Prompt, query.Completion, query.Label, query.Abstained == true ? 1 : 0, query.Fidelity?.Fidelity);
}
