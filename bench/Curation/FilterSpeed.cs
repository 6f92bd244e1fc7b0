using System.Diagnostics;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Processes;
using Tda.Curation.Plans;
using Tda.TestKit;

namespace Tda.Bench.Curation;

/// <summary>One stage over a stored corpus, in a process of its own so that its memory can be told; an empty stage only reads and counts.</summary>
/// <param name="Stage">The stage as a plan has it.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="Folder">A folder with the benchmark's items.</param>
internal sealed record FilterWork(string Stage, string Corpus, string Folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Runs it in a process of its own.</summary>
    public async Task<FilterCost> MeasureAsync()
    {
        await using var child = ChildProcess.StartManaged(typeof(FilterWork).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.Filter, JsonSerializer.Serialize(this)]);
        var result = await child.ExitAsync(Patience).ConfigureAwait(false);
        return result.ExitCode == 0 ? JsonSerializer.Deserialize<FilterCost>(result.Output)! : throw new TdaException($"{Stage} ended with {result.ExitCode}: {result.Error}");
    }

    /// <summary>Does the work that one argument of JSON says.</summary>
    public static Task<int> RunAsync(string options)
    {
        var work = JsonSerializer.Deserialize<FilterWork>(options)!;
        var corpus = global::Tda.Core.Corpora.Corpus.Open(work.Corpus, verify: false);
        var stage = work.Stage.Length == 0 ? null : FilterTable.Stage(work.Stage, work.Folder);
        var (start, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        var dropped = stage is null
            ? corpus.Documents().Count(document => document.Text.Length == 0)
            : stage.Decide(new StageDocuments(corpus.Documents, corpus.Count), new StageContext(NullProgress.Instance, default)).Count();
        var cost = new FilterCost(
            dropped, Stopwatch.GetElapsedTime(start).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds,
            ProcessStats.PeakBytes(Environment.ProcessId));
        Console.WriteLine(JsonSerializer.Serialize(cost));
        return Task.FromResult(0);
    }
}

/// <summary>What a pass took.</summary>
/// <param name="Decisions">Documents that the stage decided on.</param>
/// <param name="Seconds">On the clock.</param>
/// <param name="CpuSeconds">Of all threads.</param>
/// <param name="PeakBytes">Most resident memory of the process.</param>
internal sealed record FilterCost(int Decisions, double Seconds, double CpuSeconds, long PeakBytes);

/// <summary>A stage at one size.</summary>
/// <param name="Stage">The stage; "read and count" is the pass without one.</param>
/// <param name="Cost">The run that took the least processor time of several.</param>
/// <param name="DocumentsPerSecond">Documents a second of processor time, reading included.</param>
/// <param name="MegabytesPerSecond">Megabytes of text, as UTF-8, a second of processor time.</param>
/// <param name="Ratio">Its processor time over that of reading and counting.</param>
internal sealed record FilterLine(string Stage, FilterCost Cost, double DocumentsPerSecond, double MegabytesPerSecond, double Ratio);

/// <summary>One size of corpus.</summary>
/// <param name="Documents">Documents.</param>
/// <param name="TextBytes">Bytes of their texts as UTF-8.</param>
/// <param name="Lines">A stage each.</param>
internal sealed record FilterSize(int Documents, long TextBytes, IReadOnlyList<FilterLine> Lines)
{
    /// <summary>Writes mail in turn until there are so many documents, each with a line of its own, and runs every stage over them.</summary>
    public static async Task<FilterSize> MeasureAsync(FilterPlants plants, int documents, int rounds, string scratch)
    {
        var folder = Path.Combine(scratch, FormattableString.Invariant($"corpus-{documents}"));
        long bytes = 0;
        using (var writer = CorpusWriter.Create(folder, TimeProvider.System))
        {
            for (var i = 0; i < documents; i++)
            {
                var text = plants.Documents[i % plants.Documents.Count].Text + FormattableString.Invariant($"\nNumber {i}.");
                writer.Add(new Document(FormattableString.Invariant($"d{i}"), "mail", text));
                bytes += Encoding.UTF8.GetByteCount(text);
            }

            writer.Commit();
        }

        string[] stages =
            ["", "length", "sources: { deny: x }", "regex: { patterns: ['casino|viagra'] }", .. FilterTable.Stages.Select(stage => stage.Stage).Where(stage => !stage.StartsWith("exact", StringComparison.Ordinal) && stage != "minhash")];
        var best = new Dictionary<string, FilterCost>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var stage in stages)
            {
                var cost = await new FilterWork(stage, folder, scratch).MeasureAsync().ConfigureAwait(false);
                best[stage] = best.TryGetValue(stage, out var known) && known.CpuSeconds <= cost.CpuSeconds ? known : cost;
            }
        }

        Directory.Delete(folder, recursive: true);
        return new(documents, bytes, [.. stages.Select(stage => new FilterLine(
            stage.Length == 0 ? "read and count" : stage, best[stage], documents / best[stage].CpuSeconds, bytes / 1e6 / best[stage].CpuSeconds, best[stage].CpuSeconds / best[""].CpuSeconds))]);
    }
}
