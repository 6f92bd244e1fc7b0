using System.Globalization;
using Tda.Bench.Gateway.Processes;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Torch;

namespace Tda.Bench.Verbs;

/// <summary>Fits EK-FAC in a process of its own and prints the most memory that it held, LibTorch and all.</summary>
internal static class FitMemory
{
    /// <param name="options">Width of the surrogate, and tokens.</param>
    public static Task<int> RunAsync(string options)
    {
        int[] numbers = [.. options.Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
        Engine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        ModelConfig config = Shapes.Growth(numbers[0]);
        MemoryRows rows = CaptureBenchmark.RowsOf(Shapes.Examples(config, numbers[1] / Shapes.Context));
        using LanguageModel model = LanguageModel.Create(config, seed: 1);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = CaptureBenchmark.BatchTokens });
        new EkfacFitter(capture, new EkfacOptions()).Fit(rows).Dispose();
        Console.WriteLine(ProcessStats.PeakBytes(Environment.ProcessId).ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(0);
    }
}
