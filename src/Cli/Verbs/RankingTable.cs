using Tda.GatewayHost.Terminal;
using Tda.Scoring.Attribution;

namespace Tda.Cli.Verbs;

/// <summary>What `tda attribute` and `tda guide` share: a run's name, and the table of its strongest documents.</summary>
internal static class RankingTable
{
    private const int QueriesShown = 8;
    private const int NarrowestName = 12;
    private const int WidestQuery = 14;

    /// <summary>Characters between two columns.</summary>
    private const int Between = 2;

    /// <summary>The run asked for, or one named by the clock.</summary>
    /// <exception cref="UsageException">It is there already and may not be replaced: told before any work.</exception>
    internal static string RunId(VerbContext context, Option<string?> asked, Option<bool> replace)
    {
        var id = context.Get(asked) ?? $"run-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}";
        ArtifactDirectory.RequireFree(context.Home.RunDirectory(id), context.Get(replace));
        return id;
    }

    /// <summary>Prints the strongest documents of a run, what their figures mean, and where the run is.</summary>
    internal static void Print(IAnsiConsole console, AttributionResult result)
    {
        if (result.Top.Count > 0)
        {
            PrintTable(console, result);
            PrintMeaning(console, result);
        }

        if (result.Trust is { } trust)
        {
            console.WriteLine($"checks: {trust.Summary}");
            foreach (var warning in trust.Warnings)
            {
                console.WriteLine($"not sure: {warning}");
            }
        }

        if (result.Abstained > 0)
        {
            console.WriteLine($"abstained from {result.Abstained:N0} of {result.Queries.Count:N0}: the surrogate doesn't predict {(result.Abstained == 1 ? "this answer" : "these answers")} well enough to explain {(result.Abstained == 1 ? "it" : "them")} (queries.jsonl; --force scores all the same)");
        }

        if (result.Coverage is { } coverage)
        {
            console.WriteLine($"seen: {Percent(coverage.Share)} of the surrogate's trained parameters ({coverage.Tracked:N0} of {coverage.All:N0})");
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
        // 1. Of many queries the first few, each with its strongest documents.
        string?[] queries = [.. result.Top.Select(d => d.Query).Distinct()];
        var documents = queries.Length > 1 ? 3 : 10;
        var shown = queries.Take(QueriesShown).SelectMany(q => result.Top.Where(d => d.Query == q).Take(documents)).ToArray();

        // 2. Columns of figures, as wide as they must be. In a pipe every line says whose it is, and names are whole.
        var terminal = console.Profile.Out.IsTerminal;
        List<(string Head, Func<DocumentScore, string> Cell)> figures = [("share", d => Percent(d.Share))];
        if (result.Members > 1)
        {
            figures.Add(("its 95 %", ShareInterval));
        }

        figures.Add(("z", d => d.Z?.ToString("F1", CultureInfo.InvariantCulture) ?? ""));
        if (shown.Any(d => d.Calibrated is not null))
        {
            figures.Add(("nats if removed", Nats));
        }

        List<(string Head, Func<DocumentScore, string> Cell)> first = queries.Length > 1
            ? [("query", d => !terminal ? d.Query ?? "" : d.Rank == 1 ? Fitted(d.Query ?? "", WidestQuery) : ""), ("rank", d => $"{d.Rank}")]
            : [("rank", d => $"{d.Rank}")];

        // 3. Names take the rest. Those that are paths tell their sources; a column of them would cost the names' room.
        var taken = first.Concat(figures).Sum(column => Between + Math.Max(column.Head.Length, shown.Max(d => column.Cell(d).Length)));
        var sources = !shown.All(d => DocumentName.TellsSource(d.Name, d.Source));
        var room = terminal ? Math.Max((sources ? 2 : 1) * NarrowestName, console.Profile.Width - taken - (sources ? Between : 0)) : int.MaxValue / 3;
        List<(string Head, Func<DocumentScore, string> Cell)> names =
            [("document", d => Fitted(DocumentName.Shown(d.Name, d.Id), sources ? room / 5 * 3 : room))];
        if (sources)
        {
            names.Add(("source", d => Fitted(d.Source, room / 5 * 2)));
        }

        List<(string Head, Func<DocumentScore, string> Cell)> columns = [.. first, .. names, .. figures];
        console.WriteTable([.. columns.Select(column => column.Head)], shown.Select(document => (string[])[.. columns.Select(column => column.Cell(document))]));
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
        console.WriteLine(result.HasMeasuredIntervals
            ? "nats if removed: rise of the answer's loss without the document, with its 95 % interval, as retrainings on subsets measured it; among all documents it is smaller"
            : result.Top.Any(d => d.Calibrated is not null)
            ? "nats if removed: change of the answer's loss by the calibration, with the 95 % interval of its expectation; one retraining varies more"
            : result.Nats is { } nats
            ? $"score in top.jsonl: {nats}"
            : "uncalibrated: share and z compare documents; how much an answer would change they don't say. `tda evaluate calibrate --help` "
                + "says how to find out");
        console.WriteLine($"their words, and how sure that is: tda report {Path.GetFileName(result.Directory)}");
    }

    // Shares are scores over one sum, so their intervals are too.
    private static string ShareInterval(DocumentScore score) => score is { Interval: { } interval, Score: > 0 }
        ? $"{Percent(score.Share * interval.Low / score.Score)} … {Percent(score.Share * interval.High / score.Score)}"
        : "";

    private static string Nats(DocumentScore score) =>
        score.Calibrated is { } change ? $"{Number(change.Nats)} ({Number(change.Interval.Low)} … {Number(change.Interval.High)})" : "";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
