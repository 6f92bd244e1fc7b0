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
    /// <param name="options">"llama 96 8192": shape, width, tokens.</param>
    public static Task<int> RunAsync(string options)
    {
        int space = options.LastIndexOf(' ');
        Engine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
        ModelConfig config = Shapes.Sized(options[..space]);
        MemoryRows rows = CaptureBenchmark.RowsOf(Shapes.Examples(config, int.Parse(options[space..], CultureInfo.InvariantCulture) / Shapes.Context));
        using LanguageModel model = LanguageModel.Create(config, seed: 1);
        var capture = new GradientCapture(new LanguageModelCapture(model), new CaptureOptions { BatchTokens = CaptureBenchmark.BatchTokens });
        new EkfacFitter(capture, new EkfacOptions()).Fit(rows).Dispose();
        Console.WriteLine(ProcessStats.PeakBytes(Environment.ProcessId).ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(0);
    }
}
