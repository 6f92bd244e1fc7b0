using System.CommandLine;
using Tda.Bench.Attack;
using Tda.Bench.Banks;
using Tda.Bench.Curation;
using Tda.Bench.Fuzz;
using Tda.Bench.Gateway;
using Tda.Bench.Indexing;
using Tda.Bench.Labels;
using Tda.Bench.Optimizers;
using Tda.Bench.Peers;
using Tda.Bench.Redaction;
using Tda.Bench.Running;
using Tda.Bench.Store;
using Tda.Bench.Studies;
using Tda.Bench.Verbs;
using Tda.ProxyTrainer.Engine;

IBenchmark[] benchmarks = [new TrainingBenchmark(), new CaptureBenchmark(), new ScoringBenchmark(), new DispatchBenchmark()];
var rounds = new Option<int>("--rounds") { Description = "Interleaved rounds.", DefaultValueFactory = _ => 9 };
var quick = new Option<bool>("--quick") { Description = "Small work, to see whether it runs." };
var threads = new Option<int>("--threads") { Description = "Threads of one operator.", DefaultValueFactory = _ => 1 };
var only = new Option<string>("--only") { Description = "Cases whose name contains this; =NAME: that one alone.", DefaultValueFactory = _ => "" };
var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };

var root = new RootCommand("Tda's benchmarks. Example: dotnet run -c Release --project bench -- training");
foreach (var benchmark in benchmarks)
{
    var verb = new Command(benchmark.Name, benchmark.Description) { rounds, quick, threads, only, results };
    verb.SetAction((parse, _) => Scratch.RunAsync(async scratch =>
    {
        TensorEngine.Configure(new EngineOptions { Threads = parse.GetValue(threads), Device = "cpu" });
        var machine = Machine.Inspect();
        Console.WriteLine($"{machine.Cpu}, {machine.Cores} cores, LibTorch {machine.Libtorch}, load {machine.LoadBefore}");
        var options = new BenchOptions(parse.GetValue(rounds), scratch, parse.GetValue(quick), parse.GetValue(only)!);
        var cases = new List<CaseResult>();
        await foreach (var result in benchmark.RunAsync(options).ConfigureAwait(false))
        {
            cases.Add(result);
            new Report(benchmark.Name, TimeProvider.System.GetUtcNow(), machine with { LoadAfter = Machine.Load() }, cases).Write(parse.GetValue(results)!);
        }

        return 0;
    }));
    root.Add(verb);
}

var micro = new Command("micro", "BenchmarkDotNet over the operator calls of dispatch: statistics, and managed bytes a call.");
micro.SetAction(_ =>
{
    TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
    MicroBenchmark.Run("BenchmarkDotNet.Artifacts");
});
root.Add(micro);
root.Add(BuildsCommand.Build());
root.Add(BanksCommand.Build());
root.Add(RoutesCommand.Build());
root.Add(RecipeCommand.Build());
root.Add(NgramsCommand.Build());
root.Add(StoreCommand.Build());
root.Add(ReviewsCommand.Build());
root.Add(ProxyStudyCommand.Build());
root.Add(SampledFitCommand.Build());
root.Add(OptimizersCommand.Build());
root.Add(DistillationCommand.Build());
root.Add(IndexCommand.Build());
root.Add(LabelCommand.Build());
root.Add(LabelCommand.BuildWorker());
root.Add(ImportCommand.Build());
root.Add(FuzzCommand.Create());
root.Add(RedactionCommand.Build());
root.Add(FilterLanguagesCommand.Build());
root.Add(FilterCommand.Build());
root.Add(GatewayVerb.Build());
root.Add(AttackCommand.Build());
root.Add(DedupCommand.Build());
root.Add(PeersCommand.Build());
root.Add(ChildRoles.Build());
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
}
catch (OperationCanceledException)
{
    return 1;
}
catch (Exception error)
{
    // What is known to go wrong is told in words, for every verb; anything else is a fault of a benchmark.
    Console.Error.WriteLine(error is TdaException ? error.Message : $"Unhandled exception: {error}");
    return (error as TdaException)?.ExitCode ?? 1;
}
