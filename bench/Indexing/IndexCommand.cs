using System.CommandLine;
using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Index.Shards;

namespace Tda.Bench.Indexing;

/// <summary>The verb `index`.</summary>
internal static class IndexCommand
{
    private const double Tolerance = 1e-5;

    public static Command Build()
    {
        var documents = new Option<int>("--documents") { Description = "Documents, one row each.", DefaultValueFactory = _ => 1_000_000 };
        var quick = new Option<bool>("--quick") { Description = "4,000 documents, to see whether it runs." };
        var storage = new Option<StorageType>("--storage") { Description = "How gradients are kept.", DefaultValueFactory = _ => StorageType.Int8 };
        var scratch = new Option<string>("--scratch") { Description = "Where corpus and indexes lie meanwhile; about 2 GB a million.", DefaultValueFactory = _ => Path.GetTempPath() };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("index", "Indexes a million documents; kills, resumes, appends, deletes, compacts, queries; compares row by row with an index that nothing happened to.")
        {
            documents, quick, storage, scratch, results,
        };
        verb.SetAction(async (parse, _) =>
        {
            var directory = Directory.CreateDirectory(Path.Combine(parse.GetValue(scratch)!, $"tda-bench-index-{Environment.ProcessId}")).FullName;
            try
            {
                TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
                var count = parse.GetValue(quick) ? 4_000 : parse.GetValue(documents);
                var report = await new IndexBenchmark(directory, count, parse.GetValue(storage)).RunAsync().ConfigureAwait(false);
                report.Write(parse.GetValue(results)!);
                Console.WriteLine($"{report.Documents:N0} documents of {report.Length} numbers ({report.Storage}): {report.Kills} kills; {report.RowsCompared:N0} rows compared, {report.RowsLost} lost; scores differ by {report.ScoreDifference:E1}");
                Console.WriteLine($"planned {report.PlannedBytes:N0} bytes, {report.PlannedSeconds:F1} s; took {report.IndexBytes:N0} bytes, {report.Seconds["build"]:F1} s");
                return report.RowsLost == 0 && report.ScoreDifference <= Tolerance ? 0 : 1;
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        });
        return verb;
    }
}
