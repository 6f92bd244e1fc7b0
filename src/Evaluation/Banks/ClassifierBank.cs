using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Tda.Evaluation.Banks;

/// <summary>Fills a bank with classifiers, many trained at once; models of one seed share the order of the documents.</summary>
public static class ClassifierBank
{
    /// <summary>Models trained at once: enough for large products, few enough that little is lost when killed.</summary>
    private const int Together = 50;

    /// <summary>Makes or opens the bank of a task and a plan.</summary>
    /// <inheritdoc cref="RetrainingBank.OpenOrCreate"/>
    public static RetrainingBank Open(string directory, ClassifierTask task, BankPlan plan, string command, string data, TimeProvider time)
    {
        task.Validate();
        var options = new JsonObject
        {
            ["data"] = data,
            ["shape"] = JsonSerializer.SerializeToNode(task.Shape, JsonDefaults.Options),
            ["training"] = JsonSerializer.SerializeToNode(task.Training, JsonDefaults.Options),
        };
        var inputs = new Dictionary<string, string>
        {
            ["features"] = Hashing.Sha256(MemoryMarshal.AsBytes<float>(task.Features)),
            ["labels"] = Hashing.Sha256(MemoryMarshal.AsBytes<int>(task.Labels.ToArray())),
        };
        return RetrainingBank.OpenOrCreate(directory, plan, command, options, inputs, time);
    }

    /// <summary>Trains what is missing. Stopped or killed, the same call goes on; at most the models under way are trained again.</summary>
    public static void Fill(
        RetrainingBank bank, ClassifierTask task, BankShard shard, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        var missing = shard.Missing(bank);
        using var bar = progress.Start("retraining", missing.Count, "models");
        var done = 0;
        foreach (var group in missing.GroupBy(r => r.Seed).SelectMany(seed => seed.Chunk(Together)))
        {
            var started = time.GetTimestamp();
            using var run = task.Train(
                [.. group.Select(r => r.TrainingSeed)], [.. group.Select(r => bank.Plan.Kept[r.Subset])], orderSeed: group[0].Seed,
                cancellation: cancellation);
            var losses = task.QueryLosses(run.Stack);
            var seconds = time.GetElapsedTime(started).TotalSeconds / group.Length;
            for (var k = 0; k < group.Length; k++)
            {
                bank.Record(group[k], losses[k], seconds);
            }

            bar.Report(done += group.Length);
        }
    }
}
