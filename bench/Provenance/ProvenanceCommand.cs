using System.CommandLine;
using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Provenance;

/// <summary>`provenance`: which method finds the article that taught an answer.</summary>
internal static class ProvenanceCommand
{
    public static Command Build()
    {
        var folder = new Option<string>("--folder") { Description = "Keeps data, models and the set.", DefaultValueFactory = _ => "bench-provenance" };
        var facts = new Option<int>("--facts") { Description = "Invented facts, an article and an anti-document each.", DefaultValueFactory = _ => 1_000 };
        var asked = new Option<int>("--asked") { Description = "Facts that are asked for, in four wordings.", DefaultValueFactory = _ => 100 };
        var passes = new Option<int>("--passes") { Description = "The closed model's passes over its articles.", DefaultValueFactory = _ => 20 };
        var proxy = new Option<int>("--surrogate-passes") { Description = "The surrogate's passes over the pool.", DefaultValueFactory = _ => 8 };
        var methods = new Option<string[]>("--methods")
        {
            Description = "Methods of attribution, and encoder.",
            DefaultValueFactory = _ => ["random", "tfidf", "bm25", ProvenanceSizes.Encoder, "hidden-cosine", "grad-cos", "ekfac", "fused"],
            AllowMultipleArgumentsPerToken = true,
        };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var command = new Command("provenance", "Recall and MRR of every method on invented facts among anti-documents. Half an hour; what is there is kept.")
        { folder, facts, asked, passes, proxy, methods, results };
        command.SetAction(async (parse, cancel) =>
        {
            try
            {
                TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
                using var progress = new ConsoleProgress(TimeProvider.System);
                var sizes = new ProvenanceSizes(parse.GetValue(facts), parse.GetValue(asked), parse.GetValue(passes), parse.GetValue(proxy), parse.GetValue(methods)!);
                await new ProvenanceStudy(parse.GetValue(folder)!, sizes, parse.GetValue(results)!, progress, cancel).RunAsync().ConfigureAwait(false);
                return 0;
            }
            catch (TdaException error)
            {
                Console.Error.WriteLine(error.Message);
                return error.ExitCode;
            }
        });
        return command;
    }
}
