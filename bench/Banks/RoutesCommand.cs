using System.CommandLine;
using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Banks;

/// <summary>`routes`: what surrogates of other shapes, trainings and numbers are worth on the text bank.</summary>
internal static class RoutesCommand
{
    public static Command Build()
    {
        var home = new Option<string>("--home") { Description = "Tda home of the verb `banks`.", DefaultValueFactory = _ => "bench-banks" };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var command = new Command("routes", "Trains surrogates of the text bank's closed model in many ways and grades EK-FAC from each, alone, averaged and mixed. An hour; resumable.") { home, results };
        command.SetAction(async (parse, cancel) =>
        {
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            using var progress = new ConsoleProgress(TimeProvider.System);
            var place = new TdaHome(parse.GetValue(home)!);
            await new RoutesStudy(place, parse.GetValue(results)!, progress, cancel).RunAsync().ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
