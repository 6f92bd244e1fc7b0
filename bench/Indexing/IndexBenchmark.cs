using System.Diagnostics;
using Tda.Bench.Running;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Planning;

namespace Tda.Bench.Indexing;

/// <summary>
/// A million documents: one index made at once; another made of nine tenths of them, killed and resumed, appended to, shortened,
/// compacted, each killed at random moments. In the end both must hold the same rows, bit for bit, and give the same scores.
/// </summary>
internal sealed class IndexBenchmark(string scratch, int documents, StorageType storage)
{
    private const int Rank = 8;
    private const int ShardDocuments = 4096;
    private const int Deleted = 1000;
    private const int QueryCount = 64;
    private static readonly string[] Words = "river meadow gentle morning walked stone bridge children laughed birds sang softly green fields buy cheap click free money winner".Split(' ');

    private readonly TdaHome _home = new(Path.Combine(scratch, "home"));
    private readonly Dictionary<string, double> _seconds = [];
    private readonly Random _random = new(20);

    public async Task<IndexReport> RunAsync()
    {
        var shard = Math.Min(ShardDocuments, Math.Max(16, documents / 40));
        var early = documents * 9 / 10 / shard * shard; // whole shards, so that both indexes compute the same batches
        var worker = new IndexWorker(scratch, _random);
        Prepare();
        WriteCorpus(documents);
        var plan = Planner.Run(
            new PlanOptions { Home = _home, Corpus = "c", Surrogate = IndexWork.Surrogate, Rank = Rank, ShardDocuments = shard, BatchTokens = IndexWork.BatchTokens },
            NullProgress.Instance);
        var planned = plan.Jobs.Single(job => job.Job == $"index logra {storage.ToString().ToLowerInvariant()}");

        // 1. The one that nothing happens to.
        var work = new IndexWork("build", _home.Root, "whole", "c", storage, Rank, shard, []);
        Step("build", await worker.RunAsync(work).ConfigureAwait(false));
        var longest = TimeSpan.FromSeconds(Math.Max(1, _seconds["build"] * .4));

        // 2. The other: of fewer documents, killed, resumed.
        WriteCorpus(early);
        work = work with { Index = "tried" };
        if (await worker.KillAsync(work, 4, longest).ConfigureAwait(false))
        {
            Step("resume", await worker.RunAsync(work).ConfigureAwait(false));
        }

        // 3. Appended, shortened, compacted, with kills. A job that ended before its kill has nothing left to do.
        WriteCorpus(documents);
        if (await worker.KillAsync(work with { Job = "append" }, 2, longest / 4).ConfigureAwait(false))
        {
            Step("append", await worker.RunAsync(work with { Job = "append" }).ConfigureAwait(false));
        }

        HashSet<int> gone = [];
        while (gone.Count < Math.Min(Deleted, documents / 10))
        {
            gone.Add(_random.Next(documents));
        }

        Step("delete", await worker.RunAsync(work with { Job = "delete", Ids = [.. gone.Select(d => DocumentId.Of(Text(d)))] }).ConfigureAwait(false));
        if (await worker.KillAsync(work with { Job = "compact" }, 2, longest / 4).ConfigureAwait(false))
        {
            Step("compact", await worker.RunAsync(work with { Job = "compact" }).ConfigureAwait(false));
        }

        // 4. Nothing lost.
        var start = Stopwatch.GetTimestamp();
        if (IndexVerifier.Run(_home, "tried", NullProgress.Instance) is { Faults.Count: > 0 } bad)
        {
            throw new TdaException($"the index is damaged: {bad.Faults[0]}");
        }

        Step("verify", Stopwatch.GetElapsedTime(start).TotalSeconds);
        (var compared, var lost) = Compare(gone);
        return new IndexReport
        {
            Machine = Machine.Inspect(),
            Time = TimeProvider.System.GetUtcNow(),
            Documents = documents,
            Storage = storage.ToString().ToLowerInvariant(),
            Length = IndexDirectory.Open(_home.IndexDirectory("whole"), verify: false).Info.Length,
            Kills = worker.Kills,
            RowsCompared = compared,
            RowsLost = lost,
            ScoreDifference = Difference(Score("whole"), Score("tried"), gone),
            IndexBytes = Directory.GetFiles(_home.IndexDirectory("whole")).Sum(f => new FileInfo(f).Length),
            PlannedBytes = planned.DiskBytes,
            Seconds = _seconds,
            PlannedSeconds = planned.Seconds,
        };
    }

    private void Step(string name, double time)
    {
        _seconds[name] = time;
        Console.WriteLine($"  {name,-10} {time,10:F1} s");
    }

    private void Prepare()
    {
        var directory = Directory.CreateDirectory(_home.SurrogateDirectory(IndexWork.Surrogate)).FullName;
        var tokenizer = BpeTrainer.Train(Enumerable.Range(0, 500).Select(Text), new BpeOptions { VocabularySize = 320 });
        using var model = LanguageModel.Create(
            new ModelConfig { Family = ModelFamily.Gpt2, VocabularySize = tokenizer.VocabularySize, HiddenSize = 16, Layers = 1, Heads = 1, MaxPositions = 16, InitializerRange = .2 }, 3);
        model.Save(directory);
        tokenizer.Save(Path.Combine(directory, "tokenizer.json"));
    }

    private void WriteCorpus(int count)
    {
        var start = Stopwatch.GetTimestamp();
        using var writer = CorpusWriter.Create(_home.CorpusDirectory("c"), TimeProvider.System, replace: true);
        for (var i = 0; i < count; i++)
        {
            writer.Add(new Document(DocumentId.Of(Text(i)), "made", Text(i)));
        }

        writer.Commit();
        Step("corpus", Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static string Text(int i) => $"{Words[i % Words.Length]} {Words[i / 20 % Words.Length]} {i:x}";

    private (long Compared, long Lost) Compare(HashSet<int> gone)
    {
        Dictionary<int, uint> whole = Checksums("whole"), tried = Checksums("tried");
        long lost = whole.Count == documents ? 0 : Math.Abs(whole.Count - documents);
        foreach ((var document, var checksum) in whole)
        {
            var there = tried.TryGetValue(document, out var other);
            if (there == gone.Contains(document) || (there && other != checksum))
            {
                lost++;
            }
        }
        return (whole.Count, lost + tried.Keys.Count(document => !whole.ContainsKey(document)));
    }

    // One checksum a document, over its rows in order; from the bytes, not from the list that was written with them.
    private Dictionary<int, uint> Checksums(string name)
    {
        var index = IndexDirectory.Open(_home.IndexDirectory(name), verify: false).Gradients();
        var checksums = new Dictionary<int, uint>();
        for (var s = 0; s < index.Shards; s++)
        {
            using var shard = index.Open(s);
            for (var row = 0; row < shard.Rows; row++)
            {
                var document = shard.Documents(row, 1)[0];
                checksums[document] = System.Numerics.BitOperations.RotateLeft(checksums.GetValueOrDefault(document), 1) ^ RowChecksum.Of(shard.Raw(row, 1), shard.Scales(row, 1));
            }
        }
        return checksums;
    }

    private ScoreMatrix Score(string name)
    {
        using var session = ScoringSession.Open(_home, name, IndexWork.BatchTokens, NullProgress.Instance, default);
        using var method = new LograMethod(session, new MethodOptions());
        Query[] queries = [.. Enumerable.Range(0, QueryCount).Select(q => new Query($"q{q}", "", Text(q * 7919)))];
        var start = Stopwatch.GetTimestamp();
        var scores = method.Score(QuerySet.Each(queries), Normalisation.None, _ => { }, NullProgress.Instance, default);
        Step($"{QueryCount} queries", Stopwatch.GetElapsedTime(start).TotalSeconds);
        return scores;
    }

    private static double Difference(ScoreMatrix whole, ScoreMatrix tried, HashSet<int> gone)
    {
        (double difference, double largest) = (0, 0);
        for (var t = 0; t < whole.Targets; t++)
        {
            for (var d = 0; d < whole.Documents; d++)
            {
                if (gone.Contains(d) != float.IsNaN(tried[t, d]))
                {
                    throw new TdaException($"document {d} is {(gone.Contains(d) ? "deleted but scored" : "not scored")}");
                }

                if (gone.Contains(d))
                {
                    continue;
                }

                difference = Math.Max(difference, Math.Abs(whole[t, d] - tried[t, d]));
                largest = Math.Max(largest, Math.Abs(whole[t, d]));
            }
        }
        return difference / largest;
    }
}
