using System.CommandLine;
using Tda.Bench.Gateway;
using Tda.Bench.Running;
using Tda.TestKit;

namespace Tda.Bench.Curation;

/// <summary>The verb <c>dedup</c>: near-duplicates at several sizes, against brute force and DuckDB.</summary>
internal static class DedupCommand
{
    private const double Threshold = .8;
    private const int Checked = 20_000;

    // What the stage may take, the program itself included. Machines differ, probably by how much garbage .NET lets lie: 86 MB in all at
    // the smallest size on one machine and 153 on another.
    private const long BoundBytes = 180_000_000;
    private const long BoundBytesADocument = 450;
    private static readonly TimeSpan Patience = TimeSpan.FromHours(3);

    public static Command Build()
    {
        var sizes = new Option<int[]>("--sizes") { Description = "Documents.", DefaultValueFactory = _ => [10_000, 100_000, 1_000_000], AllowMultipleArgumentsPerToken = true };
        var brute = new Option<int>("--brute-most") { Description = "Largest size for brute force.", DefaultValueFactory = _ => 10_000 };
        var join = new Option<int>("--join-most") { Description = "Largest size for DuckDB's join of n-grams.", DefaultValueFactory = _ => 10_000 };
        var minHash = new Option<int>("--duckdb-most") { Description = "Largest size for MinHash in DuckDB.", DefaultValueFactory = _ => 100_000 };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("dedup", "Near-duplicates of up to a million texts: time, memory, recall and precision, against brute force and DuckDB.") { sizes, brute, join, minHash, results };
        verb.SetAction((parse, cancel) => Scratch.RunAsync(async scratch =>
        {
            var directory = parse.GetValue(results)!;
            var within = true;
            var pieces = await DedupCorpus.PiecesAsync(cancel).ConfigureAwait(false);
            foreach (var size in parse.GetValue(sizes)!)
            {
                (string Name, int Most)[] contenders =
                [
                    (DedupWork.BruteForce, parse.GetValue(brute)), (DedupWork.Tda, int.MaxValue),
                    (DedupWork.DuckDbMinHash, parse.GetValue(minHash)), (DedupWork.DuckDbJoin, parse.GetValue(join)),
                ];
                var corpus = DedupCorpus.Write(Path.Combine(scratch, $"corpus-{size}"), size, pieces);
                var names = contenders.Where(contender => size <= contender.Most).Select(contender => contender.Name).ToList();
                var result = await RunAsync(corpus, size, names, scratch).ConfigureAwait(false);
                within &= result.Lines.First(line => line.Contender == DedupWork.Tda).PeakBytes <= result.BoundBytes;
                var others = ResultFile.Read<DedupReport>(directory, "dedup")?.Sizes.Where(other => other.Documents != size) ?? [];
                ResultFile.Write(directory, "dedup", new DedupReport(Threshold, [.. others.Append(result).OrderBy(one => one.Documents)]));
                Directory.Delete(corpus.Path, recursive: true);
            }

            return within ? 0 : 1;
        }));
        return verb;
    }

    private static async Task<DedupSize> RunAsync(DedupCorpus corpus, int size, List<string> names, string scratch)
    {
        var (time, machine) = (TimeProvider.System.GetUtcNow(), Machine.InspectPlain());
        var truth = corpus.Planted.Where(pair => pair.Value >= Threshold).ToList();
        var lines = new List<DedupLine>();
        foreach (var name in names)
        {
            var output = Path.Combine(scratch, FormattableString.Invariant($"{size}-{lines.Count}.tsv"));
            var cost = await SearchAsync(new DedupWork(name, corpus.Path, Threshold, output)).ConfigureAwait(false);
            var pairs = ReadPairs(output);
            truth = name == DedupWork.BruteForce ? pairs : truth;

            // A pair counts as found when it is told, or one of the two is dropped for a third.
            HashSet<(string, string)> told = [.. pairs.Select(pair => (pair.A, pair.B)), .. pairs.Select(pair => (pair.B, pair.A))];
            HashSet<string> gone = name == DedupWork.Tda ? [.. pairs.Select(pair => pair.A)] : [];
            bool Found(DedupPair pair) => told.Contains((pair.A, pair.B)) || gone.Contains(pair.A) || gone.Contains(pair.B);
            var near = truth.Where(pair => pair.Value < Threshold + .05).ToList();
            lines.Add(new DedupLine(
                name, cost.Seconds, cost.CpuSeconds, cost.Pairs, Share(truth, Found), Share(near, Found), near.Count,
                Precision(corpus, pairs), cost.BytesBefore, cost.PeakBytes, (double)(cost.PeakBytes - cost.BytesBefore) / size));
            Console.WriteLine(lines[^1]);
        }

        var own = lines.First(line => line.Contender == DedupWork.Tda);
        return new DedupSize(
            time, machine with { LoadAfter = Machine.Load() }, size, corpus.TextBytes, BoundBytes + (size * BoundBytesADocument), truth.Count, names.Contains(DedupWork.BruteForce), lines,
            lines.Where(line => line != own).ToDictionary(line => line.Contender, line => new DedupRatio(line.Seconds / own.Seconds, line.CpuSeconds / own.CpuSeconds)));
    }

    private static async Task<DedupCost> SearchAsync(DedupWork work)
    {
        await using var child = ChildProcess.StartManaged(typeof(DedupCommand).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.Dedup, JsonSerializer.Serialize(work)]);
        var result = await child.ExitAsync(Patience).ConfigureAwait(false);
        return result.ExitCode == 0
            ? JsonSerializer.Deserialize<DedupCost>(result.Output)!
            : throw new TdaException($"{work.Contender} ended with {result.ExitCode}: {result.Error}");
    }

    /// <summary>The share of the pairs told, the first 20,000, whose similarity over sets of strings is at least the threshold.</summary>
    private static double Precision(DedupCorpus corpus, List<DedupPair> pairs)
    {
        var some = pairs.Take(Checked).ToList();
        HashSet<string> wanted = [.. some.Select(pair => pair.A), .. some.Select(pair => pair.B)];
        var texts = Corpus.Open(corpus.Path).Documents().Where(document => wanted.Contains(document.Id)).ToDictionary(document => document.Id, document => document.Text.Split(' '));
        return Share(some, pair => DedupPair.Similarity(DedupPair.Set(texts[pair.A]), DedupPair.Set(texts[pair.B])) >= Threshold);
    }

    private static List<DedupPair> ReadPairs(string path) =>
        [.. File.ReadLines(path).Select(line => line.Split('\t')).Select(cells => new DedupPair(cells[0], cells[1], double.Parse(cells[2], CultureInfo.InvariantCulture)))];

    private static double Share(List<DedupPair> pairs, Func<DedupPair, bool> holds) => (double)pairs.Count(holds) / pairs.Count;
}

/// <summary>The results of <c>dedup</c>.</summary>
/// <param name="Threshold">Jaccard similarity from which documents are duplicates.</param>
/// <param name="Sizes">By size; a run replaces those that it measures.</param>
internal sealed record DedupReport(double Threshold, IReadOnlyList<DedupSize> Sizes);

/// <summary>One size.</summary>
/// <param name="Time">When it was measured.</param>
/// <param name="Machine">Where.</param>
/// <param name="Documents">Documents.</param>
/// <param name="TextBytes">Bytes of their texts.</param>
/// <param name="BoundBytes">Most memory that Tda may take: 180 MB and 450 bytes a document; more is exit code 1.</param>
/// <param name="TruePairs">Pairs of at least the threshold that recall is counted on.</param>
/// <param name="AllPairs">Whether those are all that there are, by brute force; else the planted ones.</param>
/// <param name="Lines">A contender each.</param>
/// <param name="Ratios">Each other contender's time over Tda's.</param>
internal sealed record DedupSize(
    DateTimeOffset Time, Machine Machine, int Documents, long TextBytes, long BoundBytes, int TruePairs, bool AllPairs, IReadOnlyList<DedupLine> Lines, IReadOnlyDictionary<string, DedupRatio> Ratios);

/// <summary>One contender at one size.</summary>
/// <param name="NearRecall">Recall of the pairs within .05 above the threshold.</param>
/// <param name="PeakBytes">The most resident memory, the program's own included.</param>
/// <param name="BytesADocument">Of it, above what was there before the search.</param>
internal sealed record DedupLine(
    string Contender, double Seconds, double CpuSeconds, long Pairs, double Recall, double NearRecall, int NearPairs, double Precision,
    long BytesBefore, long PeakBytes, double BytesADocument);

/// <summary>How much longer another contender took.</summary>
internal sealed record DedupRatio(double Seconds, double CpuSeconds);
