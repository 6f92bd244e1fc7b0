using System.CommandLine;
using Tda.Bench.Gateway;
using Tda.Bench.Running;
using Tda.TestKit;

namespace Tda.Bench.Curation;

/// <summary>
/// The verb <c>import</c>: <c>corpus import</c> of one text in several formats, beside decompressing the same file and throwing away what
/// comes out. Each run is a process of its own, which tells its peak memory.
/// </summary>
internal static class ImportCommand
{
    private const double Megabyte = 1e6;

    public static Command Build()
    {
        var megabytes = new Option<int[]>("--megabytes") { Description = "Sizes of the text, for every format.", DefaultValueFactory = _ => [16, 128] };
        var large = new Option<double>("--large") { Description = "Gigabytes of the large Parquet file (0: none).", DefaultValueFactory = _ => 2 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; the large file has one.", DefaultValueFactory = _ => 3 };
        var only = new Option<string>("--only") { Description = "Formats whose name contains this; =NAME: that one alone.", DefaultValueFactory = _ => "" };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("import", "corpus import, against decompressing and throwing away.") { megabytes, large, rounds, only, results };
        verb.SetAction((parse, _) => Scratch.RunAsync(async scratch =>
        {
            var machine = Machine.InspectPlain();
            var cases = new List<ImportCase>();
            foreach (var size in parse.GetValue(megabytes)!)
            {
                foreach (var format in ImportInput.Formats.Where(format => CaseChoice.Means(parse.GetValue(only)!, format)))
                {
                    await AddAsync(format, size, parse.GetValue(rounds));
                }
            }

            if (parse.GetValue(large) is > 0 and var gigabytes)
            {
                // The text's size is found by the first file: compressed, it is about half.
                await AddAsync(ImportInput.LargeFormat, (int)(gigabytes * ImportInput.LargeText), 1);
            }

            return 0;

            async Task AddAsync(string format, int size, int count)
            {
                cases.Add(await MeasureAsync(scratch, format, size, count));
                var report = new ImportBenchReport("import", TimeProvider.System.GetUtcNow(), machine with { LoadAfter = Machine.Load() }, cases);
                ResultFile.Write(parse.GetValue(results)!, "import", report);
            }
        }));
        return verb;
    }

    private static async Task<ImportCase> MeasureAsync(string scratch, string format, int megabytes, int rounds)
    {
        var folder = Directory.CreateDirectory(Path.Combine(scratch, "case")).FullName;
        var input = ImportInput.Make(folder, format, megabytes);
        var imports = new List<ImportRun>();
        var discards = new List<ImportRun>();
        for (var round = 0; round < rounds; round++)
        {
            // The order turns, so that neither always reads the file warm.
            foreach (var discard in round % 2 == 0 ? new[] { true, false } : [false, true])
            {
                (discard ? discards : imports).Add(await RunAsync(new ImportTask(input.Path, format, discard, Path.Combine(folder, "home"))));
            }
        }

        var result = new ImportCase
        {
            Format = format,
            Documents = input.Documents,
            TextMegabytes = Math.Round(input.TextBytes / Megabyte, 1),
            FileMegabytes = Math.Round(new FileInfo(input.Path).Length / Megabyte, 1),
            Import = imports,
            Discard = discards,
            DocumentsPerSecond = Math.Round(input.Documents / Median(imports, run => run.Wall)),
            MegabytesPerSecond = Math.Round(input.TextBytes / Megabyte / Median(imports, run => run.Wall), 1),
            PeakMegabytes = Math.Round(imports.Max(run => run.PeakBytes) / Megabyte),
            DiscardPeakMegabytes = Math.Round(discards.Max(run => run.PeakBytes) / Megabyte),
            WallRatio = Spread.Of([.. imports.Zip(discards, (import, discard) => import.Wall / discard.Wall)]),
            CpuRatio = Spread.Of([.. imports.Zip(discards, (import, discard) => import.Cpu / discard.Cpu)]),
        };
        Directory.Delete(folder, recursive: true);
        Console.WriteLine($"{format,-16} {result.TextMegabytes,8:N0} MB of text in {result.FileMegabytes,7:N0} MB: {result.DocumentsPerSecond,8:N0} documents/s, "
            + $"{result.MegabytesPerSecond,6:N1} MB/s, {result.PeakMegabytes,5:N0} MB at the peak (discard {result.DiscardPeakMegabytes:N0}); "
            + $"÷ discard: clock {result.WallRatio.Median:F2}, processor {result.CpuRatio.Median:F2}");
        return result;
    }

    private static double Median(IEnumerable<ImportRun> runs, Func<ImportRun, double> value) => Spread.Of([.. runs.Select(value)]).Median;

    private static async Task<ImportRun> RunAsync(ImportTask task)
    {
        await using var child = ChildProcess.StartManaged(
            typeof(ImportCommand).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.Import, JsonSerializer.Serialize(task)]);
        var ended = await child.ExitAsync(TimeSpan.FromHours(2));
        return ended.ExitCode == 0
            ? JsonSerializer.Deserialize<ImportRun>(ended.Output)!
            : throw new TdaException($"The child ended with {ended.ExitCode}: {ended.Error}");
    }
}

/// <summary>The committed results.</summary>
internal sealed record ImportBenchReport(string Benchmark, DateTimeOffset Time, Machine Machine, IReadOnlyList<ImportCase> Cases);

/// <summary>One file: imported, and decompressed and thrown away.</summary>
internal sealed record ImportCase
{
    public required string Format { get; init; }

    public required int Documents { get; init; }

    /// <summary>UTF-8 bytes of all texts.</summary>
    public required double TextMegabytes { get; init; }

    public required double FileMegabytes { get; init; }

    /// <summary>By the clock, of the median run.</summary>
    public required double DocumentsPerSecond { get; init; }

    /// <summary>Of text, by the clock, of the median run.</summary>
    public required double MegabytesPerSecond { get; init; }

    /// <summary>The highest resident memory of any import, the program itself included.</summary>
    public required double PeakMegabytes { get; init; }

    public required double DiscardPeakMegabytes { get; init; }

    /// <summary>Time of the import over that of decompressing, round by round, by the clock.</summary>
    public required Spread WallRatio { get; init; }

    /// <summary>The same by processor time.</summary>
    public required Spread CpuRatio { get; init; }

    public required IReadOnlyList<ImportRun> Import { get; init; }

    public required IReadOnlyList<ImportRun> Discard { get; init; }
}
