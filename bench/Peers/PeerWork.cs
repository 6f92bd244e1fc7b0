using System.Diagnostics;
using Tda.Bench.Gateway.Processes;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Projected;
using static TorchSharp.torch;

namespace Tda.Bench.Peers;

/// <summary>One work of ours, in a process of its own that reports what it took: the same stages that `tda index` and `tda attribute` run.</summary>
internal sealed record PeerWork
{
    /// <summary>`plain`, `index` or `attribute`.</summary>
    public required string Job { get; init; }

    public required string Home { get; init; }

    /// <summary>What is indexed.</summary>
    public string Corpus { get; init; } = PeerData.Name;

    /// <summary>The index that is made or asked.</summary>
    public string Index { get; init; } = "";

    public IndexMethod Kind { get; init; }

    public int Rank { get; init; } = 16;

    public int CovarianceTokens { get; init; }

    public int KeptMebibytes { get; init; } = IndexOptions.DefaultKeptMebibytes;

    public bool TrueLabels { get; init; }

    public long Seed { get; init; }

    /// <summary>The run that is written.</summary>
    public string Run { get; init; } = "";

    /// <summary>Null: the index's own.</summary>
    public string? Method { get; init; }

    /// <summary>What methods on projected gradients are told.</summary>
    public ProjectedOptions Projected { get; init; } = new();

    /// <summary>Does the work named by a file of JSON, and prints a <see cref="PeerSample"/>.</summary>
    public static Task<int> RunAsync(string file)
    {
        var work = JsonSerializer.Deserialize<PeerWork>(File.ReadAllText(file))!;
        TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        var before = ProcessStats.ResidentBytes(Environment.ProcessId);
        var (cpu, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        double? loss = null;
        switch (work.Job)
        {
            case "plain":
                loss = work.Plain();
                break;
            case "index":
                work.MakeIndex();
                break;
            case "attribute":
                work.Attribute();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(file), work.Job, "no such work");
        }

        var wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var total = Environment.CpuUsage.TotalTime;
        Console.WriteLine(JsonSerializer.Serialize(
            new PeerSample(wall, (total - cpu).TotalSeconds, total.TotalSeconds, ProcessStats.PeakBytes(Environment.ProcessId), before) { Loss = loss },
            JsonDefaults.Options));
        return Task.FromResult(0);
    }

    // As a trainer takes its gradients; the loss in nats.
    private double Plain()
    {
        var home = new TdaHome(Home);
        using var surrogate = OpenedSurrogate.Open(home, PeerData.Name);
        var corpus = Core.Corpora.Corpus.Open(home.CorpusDirectory(PeerData.Name));
        using var rows = new CorpusRows(
            corpus, TokenizedCorpusWriter.Write(corpus, surrogate.Tokenizer, NullProgress.Instance, default), surrogate.Model.Config.MaxPositions);
        double sum = 0;
        foreach (var chunk in Enumerable.Range(0, rows.RowCount).Chunk(PeerData.BatchRows))
        {
            using IDisposable scope = NewDisposeScope();
            var batch = Batch.Collate([.. chunk.Select(row => rows.Load(row).Example())], [.. Enumerable.Range(0, chunk.Length)], surrogate.Model.Device);
            var loss = TokenLoss.Sum(surrogate.Model, batch, penaltyFloor: 0);
            FlatGradient.Of(loss, surrogate.Model);
            sum += loss.item<float>();
        }

        return sum;
    }

    private void MakeIndex() => Indexer.Run(
        new IndexOptions
        {
            Home = new TdaHome(Home),
            Surrogate = PeerData.Name,
            Corpus = Corpus,
            Name = Index,
            Method = Kind,
            Rank = Rank,
            CovarianceTokens = CovarianceTokens,
            KeptMebibytes = KeptMebibytes,
            Labels = TrueLabels ? LabelSource.True : LabelSource.Sampled,
            Seed = Seed,
            Replace = true,
        },
        NullProgress.Instance, TimeProvider.System);

    private void Attribute() => Attributor.Run(
        new AttributeOptions
        {
            Home = new TdaHome(Home),
            Index = Index,
            Run = Run,
            Method = Method,
            Queries = QueryFile.Read(PeerData.QueriesIn(new TdaHome(Home))),
            Options = new MethodOptions { Projected = Projected },
            MinFidelity = double.MinValue, // every query is compared, however badly it is predicted
            Replace = true,
        },
        NullProgress.Instance, TimeProvider.System);
}
