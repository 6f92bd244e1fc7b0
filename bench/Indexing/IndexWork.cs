using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;

namespace Tda.Bench.Indexing;

/// <summary>One job on an index, in a process of its own that the benchmark kills.</summary>
/// <param name="Job">build, append, delete or compact.</param>
/// <param name="Home">The home.</param>
/// <param name="Index">The index.</param>
/// <param name="Corpus">build: the corpus.</param>
/// <param name="Storage">build: storage.</param>
/// <param name="Rank">build: rank per side.</param>
/// <param name="ShardDocuments">Documents or rows a shard.</param>
/// <param name="Ids">delete: ids.</param>
internal sealed record IndexWork(
    string Job, string Home, string Index, string Corpus, StorageType Storage, int Rank, int ShardDocuments, IReadOnlyList<string> Ids)
{
    public const string Surrogate = "tiny";
    public const int BatchTokens = 4096;

    /// <summary>Does the job named by a file of JSON.</summary>
    public static Task<int> RunAsync(string file)
    {
        var work = JsonSerializer.Deserialize<IndexWork>(File.ReadAllText(file))!;
        TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        var home = new TdaHome(work.Home);
        (IProgressSink progress, var time) = (NullProgress.Instance, TimeProvider.System);
        var result = work.Job switch
        {
            "build" => Indexer.Run(
                new IndexOptions
                {
                    Home = home,
                    Surrogate = Surrogate,
                    Corpus = work.Corpus,
                    Name = work.Index,
                    Method = IndexMethod.Logra,
                    Storage = work.Storage,
                    Rank = work.Rank,
                    ShardDocuments = work.ShardDocuments,
                    BatchTokens = BatchTokens,
                },
                progress, time),
            "append" => IndexAppender.Run(home, work.Index, work.ShardDocuments, BatchTokens, progress, time),
            "delete" => IndexDeleter.Run(home, work.Index, work.Ids, downdate: false, progress, time),
            "compact" => IndexCompacter.Run(home, work.Index, work.ShardDocuments, progress, time),
            _ => throw new ArgumentOutOfRangeException(nameof(file), work.Job, "no such job"),
        };
        Console.WriteLine(JsonSerializer.Serialize(result));
        return Task.FromResult(0);
    }
}
