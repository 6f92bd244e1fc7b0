using Tda.Bench.Gateway.Processes;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;

namespace Tda.Bench.Verbs;

/// <summary>Fits EK-FAC in a process of its own and prints the most memory that it held, LibTorch and all.</summary>
internal static class FitMemory
{
    /// <param name="options">"llama 96 8192 1024": shape, width, tokens, MiB for batches that are kept between the passes.</param>
    public static Task<int> RunAsync(string options)
    {
        var parts = options.Split(' ');
        (var tokens, var kept) = (int.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[3], CultureInfo.InvariantCulture) << 20);
        TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        var config = Shapes.Sized($"{parts[0]} {parts[1]}");
        var rows = CaptureBenchmark.RowsOf(Shapes.Examples(config, tokens / Shapes.Context));
        using var model = LanguageModel.Create(config, seed: 1);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = CaptureBenchmark.BatchTokens });
        new EkfacFitter(capture, new EkfacOptions { KeptBytes = kept }).Fit(rows).Dispose();
        Console.WriteLine(ProcessStats.PeakBytes(Environment.ProcessId).ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(0);
    }
}
