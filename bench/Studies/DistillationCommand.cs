using System.CommandLine;
using Tda.Bench.Running;
using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Studies;

/// <summary>The verb `distillation`: what log-probabilities are worth beside answers alone.</summary>
internal static class DistillationCommand
{
    public static Command Build()
    {
        var home = new Option<string>("--home") { Description = "Home of a finished demo: its closed model, corpus and log.", DefaultValueFactory = _ => "tda-data" };
        var seeds = new Option<int>("--seeds") { Description = "Trainings of each line, of other weights and order.", DefaultValueFactory = _ => 1 };
        var steps = new Option<int>("--steps") { Description = "Steps of every training.", DefaultValueFactory = _ => 200 };
        var exchanges = new Option<int[]>("--exchanges")
        {
            Description = "Numbers of exchanges learned from.",
            DefaultValueFactory = _ => [40, 80, 160, 320, 640],
            AllowMultipleArgumentsPerToken = true,
        };
        var weights = new Option<double[]>("--weights")
        {
            Description = "Shares α of the divergence; 0 is answers alone.",
            DefaultValueFactory = _ => [0, .5, 1],
            AllowMultipleArgumentsPerToken = true,
        };
        var temperature = new Option<double>("--temperature") { Description = "Temperature of the divergence.", DefaultValueFactory = _ => 1 };
        var corpus = new Option<bool>("--corpus") { Description = "Learn the candidate corpus beside the answers, as tda distill does." };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("distillation", "How many exchanges a surrogate needs for the same fidelity, with log-probabilities and without, at equal steps. Twenty minutes; resumable.")
        {
            home, seeds, steps, exchanges, weights, temperature, corpus, results,
        };
        verb.SetAction((parse, cancel) =>
        {
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            using var progress = new ConsoleProgress(TimeProvider.System);
            var options = new DistillationStudyOptions
            {
                Steps = parse.GetValue(steps),
                Seeds = parse.GetValue(seeds),
                Exchanges = parse.GetValue(exchanges)!,
                Weights = parse.GetValue(weights)!,
                Temperature = parse.GetValue(temperature),
                WithCorpus = parse.GetValue(corpus),
            };
            var study = new DistillationStudy(new TdaHome(parse.GetValue(home)!), options, progress, cancel);
            var (folder, name) = (parse.GetValue(results)!, options.WithCorpus ? "distillation-corpus" : "distillation");
            study.Run(ResultFile.Read<DistillationStudyReport>(folder, name), report => ResultFile.Write(
                folder, name, report with { Machine = report.Machine with { LoadAfter = Machine.Load() } }));
            return Task.FromResult(0);
        });
        return verb;
    }
}
