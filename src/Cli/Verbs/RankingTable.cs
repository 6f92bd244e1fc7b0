using Tda.Scoring.Attribution;

namespace Tda.Cli.Verbs;

/// <summary>What `tda attribute` and `tda guide` share: a run's name, and the table of its strongest documents.</summary>
internal static class RankingTable
{
    private const int QueriesShown = 5;

    /// <summary>The run asked for, or one named by the clock.</summary>
    internal static string RunId(string? asked) =>
        asked ?? $"run-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}";

    /// <summary>Prints the strongest documents of a run.</summary>
    internal static void Print(IAnsiConsole console, AttributionResult result)
    {
        // Of many queries the first few, each with its strongest documents.
        string?[] queries = [.. result.Top.Select(d => d.Query).Distinct()];
        var documents = queries.Length > 1 ? 3 : 10;
        string[] columns =
        [
            .. queries.Length > 1 ? ["query"] : Array.Empty<string>(), "rank", "document", "source", "score", "share",
            .. result.Members > 1 ? ["95 % interval"] : Array.Empty<string>(), .. result.Top.Any(d => d.Calibrated is not null) ? ["nats if removed"] : Array.Empty<string>(),
        ];
        var table = new Table().Border(TableBorder.Simple).AddColumns(columns);
        foreach (var score in queries.Take(QueriesShown).SelectMany(q => result.Top.Where(d => d.Query == q).Take(documents)))
        {
            List<Text> cells = queries.Length > 1 ? [new Text(score.Query ?? "")] : [];
            cells.AddRange([new($"{score.Rank}"), new(score.Id), new(score.Source), new(Number(score.Score)), new(score.Share.ToString("P1", CultureInfo.InvariantCulture))]);
            if (score.Interval is { } interval)
            {
                cells.Add(new Text($"{Number(interval.Low)} … {Number(interval.High)}"));
            }

            if (score.Calibrated is { } change)
            {
                cells.Add(new Text($"{Number(change.Nats)} ({Number(change.Interval.Low)} … {Number(change.Interval.High)})"));
            }

            table.AddRow(cells);
        }
        if (result.Top.Count > 0)
        {
            console.Write(table);
        }

        if (queries.Length > QueriesShown)
        {
            console.WriteLine($"and {queries.Length - QueriesShown:N0} more queries in top.jsonl");
        }

        if (result.Abstained > 0)
        {
            console.WriteLine($"abstained from {result.Abstained:N0} of {result.Queries.Count:N0}: the surrogate doesn't predict {(result.Abstained == 1 ? "this answer" : "these answers")} well enough to explain {(result.Abstained == 1 ? "it" : "them")} (queries.jsonl; --force scores all the same)");
        }

        if (result.LeftOut > 0)
        {
            console.WriteLine($"{result.LeftOut:N0} documents were left out by the prefilter");
        }

        for (var member = 0; member < result.Stages.Count; member++)
        {
            var whose = result.Stages.Count > 1 ? $"member {member}: " : "";
            foreach ((var stage, var next) in result.Stages[member].Zip(result.Stages[member].Skip(1).Append(null)))
            {
                console.WriteLine(whose + stage.Text(next));
            }
        }
        var unit = result.Documents == 0 ? "" : result.HasUnit ? $"; score / {result.N:N0} ≈ nats if removed" : "; scores have no unit";
        console.WriteLine($"{result.Directory}: {result.Method}{(result.Members > 1 ? $" (mean of {result.Members} models)" : "")}, {result.Documents:N0} documents scored, {result.Excluded:N0} set apart{unit}");
    }

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
