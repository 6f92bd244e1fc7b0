using System.CommandLine;
using Tda.Bench.Running;

namespace Tda.Bench.Curation;

/// <summary>The verb <c>filters</c>: precision and recall on real mail with planted faults, and what a pass takes.</summary>
internal static class FilterCommand
{
    public static Command Build()
    {
        var packages = new Option<string>("--packages") { Description = "Where fetched packages are kept.", DefaultValueFactory = _ => "bench-packages" };
        var sizes = new Option<int[]>("--sizes")
        {
            Description = "Documents of each size of the passes; 0: only the table.",
            DefaultValueFactory = _ => [2_000, 8_000, 32_000],
            AllowMultipleArgumentsPerToken = true,
        };
        var rounds = new Option<int>("--rounds") { Description = "Interleaved rounds of the passes.", DefaultValueFactory = _ => 3 };
        var reviewed = new Option<string>("--reviewed")
        {
            Description = "Real mails that somebody read and finds rightly dropped: stage, tab, document.",
            DefaultValueFactory = _ => Path.Combine("bench", "Curation", "filters-reviewed.tsv"),
        };
        var list = new Option<string?>("--list") { Description = "Also write every real mail that is dropped into this file, to be looked at." };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("filters", "Precision and recall of a curation's stages on real mail with planted faults, and documents a second.")
        {
            packages, sizes, rounds, reviewed, list, results,
        };
        verb.SetAction((parse, cancel) => Scratch.RunAsync(async scratch =>
        {
            var plants = await FilterPlants.MakeAsync(Path.GetFullPath(parse.GetValue(packages)!), cancel).ConfigureAwait(false);
            FilterTable.WriteItems(plants, scratch);
            var right = File.ReadLines(parse.GetValue(reviewed)!).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).Select(cells => (cells[0], cells[1])).ToHashSet();
            using var listed = parse.GetValue(list) is { } path ? new StreamWriter(path) : null;
            var earlier = ResultFile.Read<FilterReport>(parse.GetValue(results)!, "filters");
            var report = new FilterReport
            {
                Time = TimeProvider.System.GetUtcNow(),
                Machine = Machine.InspectPlain(),
                Planted = plants.Kinds.Count,
                Real = plants.Documents.Count(document => !plants.Kinds.ContainsKey(document.Id)),
                Table = [.. FilterTable.Stages.Select(stage => FilterTable.Measure(plants, stage.Stage, stage.Kinds, scratch, right, listed))],
                Sizes = parse.GetValue(sizes) is [0] ? earlier?.Sizes ?? [] : [],
            };
            Print(report);
            foreach (var size in parse.GetValue(sizes)!.Where(size => size > 0))
            {
                var measured = await FilterSize.MeasureAsync(plants, size, parse.GetValue(rounds), scratch).ConfigureAwait(false);
                report = report with { Sizes = [.. report.Sizes, measured], Machine = report.Machine with { LoadAfter = Machine.Load() } };
                Print(measured);
            }

            ResultFile.Write(parse.GetValue(results)!, "filters", report);
            return 0;
        }));
        return verb;
    }

    private static void Print(FilterReport report)
    {
        Console.WriteLine($"{report.Real} real mails, {report.Planted} planted documents");
        foreach (var row in report.Table)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"{row.Stage,-44} recall {row.Recall:F3} ({row.Found} of {row.Planted})  precision {row.Precision:F3}  real {row.RealDropped} of {row.Real} dropped, {row.RealRight} rightly"));
            Console.WriteLine("    " + string.Join(", ", row.ByKind.Select(kind => FormattableString.Invariant($"{kind.Key} {kind.Value:F2}"))));
            Console.WriteLine("    " + string.Join(", ", row.Reasons.Select(reason => $"{reason.Key} {reason.Value}")));
        }
    }

    private static void Print(FilterSize size)
    {
        Console.WriteLine($"{size.Documents} documents, {size.TextBytes / 1e6:F1} MB of text");
        foreach (var line in size.Lines)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"  {line.Stage,-44} {line.DocumentsPerSecond,9:F0} documents/s {line.MegabytesPerSecond,7:F1} MB/s  × {line.Ratio,5:F2}  peak {line.Cost.PeakBytes / 1e6,6:F0} MB"));
        }
    }
}

/// <summary>The results of <c>filters</c>.</summary>
internal sealed record FilterReport
{
    public required DateTimeOffset Time { get; init; }

    public required Machine Machine { get; init; }

    public required int Real { get; init; }

    public required int Planted { get; init; }

    public required IReadOnlyList<FilterRow> Table { get; init; }

    public required IReadOnlyList<FilterSize> Sizes { get; init; }
}
