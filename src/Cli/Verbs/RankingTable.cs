using Tda.Scoring.Attribution;

namespace Tda.Cli.Verbs;

/// <summary>What `tda attribute` and `tda guide` share: a run's name, and the table of its strongest documents.</summary>
internal static class RankingTable
{
    private const int QueriesShown = 8;
    private const int NarrowestName = 12;
    private const int WidestQuery = 14;

    /// <summary>The run asked for, or one named by the clock.</summary>
    internal static string RunId(string? asked) =>
        asked ?? $"run-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}";

    /// <summary>Prints the strongest documents of a run, what their figures mean, and where the run is.</summary>
    internal static void Print(IAnsiConsole console, AttributionResult result)
    {
        if (result.Top.Count > 0)
        {
            PrintTable(console, result);
            PrintMeaning(console, result);
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

        console.WriteLine($"{result.Directory}: {result.Method}{(result.Members > 1 ? $" (mean of {result.Members} models)" : "")}, {result.Documents:N0} documents scored, {result.Excluded:N0} set apart");
    }

    /// <summary>The end of a name that is too long for a column: of a path it tells most. Characters that a terminal would obey are spelt.</summary>
    internal static string Fitted(string name, int width)
    {
        var plain = VisibleText.Plain(name).ReplaceLineEndings(" ");
        return plain.Length <= width ? plain : "…" + plain[^(width - 1)..];
    }

    private static void PrintTable(IAnsiConsole console, AttributionResult result)
    {
        // Of many queries the first few, each with its strongest documents.
        string?[] queries = [.. result.Top.Select(d => d.Query).Distinct()];
        var (several, documents) = (queries.Length > 1, queries.Length > 1 ? 3 : 10);
        var (ensemble, calibrated) = (result.Members > 1, result.Top.Any(d => d.Calibrated is not null));
        var table = new Table().Border(TableBorder.Simple);
        if (several)
        {
            table.AddColumn(Left("query"));
        }

        // Names that are paths tell their sources; a column of them would cost the names' room.
        var shown = queries.Take(QueriesShown).SelectMany(q => result.Top.Where(d => d.Query == q).Take(documents)).ToArray();
        var sources = !shown.All(d => DocumentName.TellsSource(d.Name, d.Source));
        table.AddColumns(Right("rank"), Left("document"));
        if (sources)
        {
            table.AddColumn(Left("source"));
        }

        table.AddColumn(Right("share"));
        if (ensemble)
        {
            table.AddColumn(Left("its 95 %"));
        }

        table.AddColumn(Right("z"));
        if (calibrated)
        {
            table.AddColumn(Left("nats if removed"));
        }

        var taken = 26 + (sources ? 2 : 0) + (several ? WidestQuery + 2 : 0) + (ensemble ? 16 : 0) + (calibrated ? 26 : 0);
        var room = Math.Max(2 * NarrowestName, console.Profile.Width - taken);
        foreach (var query in queries.Take(QueriesShown))
        {
            foreach (var (i, score) in shown.Where(d => d.Query == query).Index())
            {
                List<string> cells = several ? [i == 0 ? Fitted(query ?? "", WidestQuery) : ""] : [];
                cells.AddRange([$"{score.Rank}", Fitted(DocumentName.Shown(score.Name, score.Id), sources ? room * 3 / 5 : room)]);
                if (sources)
                {
                    cells.Add(Fitted(score.Source, room * 2 / 5));
                }

                cells.Add(Percent(score.Share));
                if (ensemble)
                {
                    cells.Add(score is { Interval: { } interval, Score: > 0 }
                        ? $"{Percent(score.Share * interval.Low / score.Score)} … {Percent(score.Share * interval.High / score.Score)}"
                        : "");
                }

                cells.Add(score.Z?.ToString("F1", CultureInfo.InvariantCulture) ?? "");
                if (calibrated)
                {
                    cells.Add(score.Calibrated is { } change ? $"{Number(change.Nats)} ({Number(change.Interval.Low)} … {Number(change.Interval.High)})" : "");
                }

                table.AddRow(cells.Select(cell => new Text(cell)));
            }
        }

        console.Write(table);
        if (queries.Length > QueriesShown)
        {
            console.WriteLine($"and {queries.Length - QueriesShown:N0} more of the {queries.Length:N0} queries in top.jsonl and in the report");
        }
    }

    private static void PrintMeaning(IAnsiConsole console, AttributionResult result)
    {
        double[] fidelity = [.. result.Queries.Where(q => q.Abstained != true).Select(q => q.Fidelity?.Fidelity).OfType<double>()];
        if (fidelity.Length > 0)
        {
            var range = fidelity.Length == 1 ? Number(fidelity[0]) : $"{Number(fidelity.Min())} to {Number(fidelity.Max())}";
            console.WriteLine($"fidelity {range}: 1 where the surrogate knew the answer, 0 where it does no better than word frequencies");
        }

        console.WriteLine(
            "share: of the positive influence of all documents; z: standard deviations above a document drawn at random from the "
            + $"{result.Documents:N0}");
        console.WriteLine(result.Top.Any(d => d.Calibrated is not null)
            ? "nats if removed: change of the answer's loss by the calibration, with the 95 % interval of its expectation; one retraining varies more"
            : "uncalibrated: share and z compare documents; how much an answer would change they don't say. `tda evaluate calibrate --help` "
                + "says how to find out");
        console.WriteLine($"their words, and how sure that is: tda report {Path.GetFileName(result.Directory)}");
    }

    private static TableColumn Left(string name) => new TableColumn(name).NoWrap();

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned().NoWrap();

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
