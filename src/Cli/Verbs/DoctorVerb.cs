using Tda.ProxyTrainer.Engine;

namespace Tda.Cli.Verbs;

/// <summary>`tda doctor`: what the program found on this machine, and what is wrong with it.</summary>
internal static class DoctorVerb
{
    private static readonly Option<bool> Quick = CliOption.Flag("--quick", "Don't measure the matrix-product rate");

    public static Command Build() => CommandExtensions.Verb("doctor",
        "Says which engine, devices and memory the program found, and how fast they multiply.",
        "tda doctor --threads 2", Quick).Runs(Run);

    private static int Run(VerbContext context)
    {
        context.ConfigureEngine();
        var report = TensorEngine.Inspect(measure: !context.Get(Quick));
        return context.Done(report, console =>
        {
            console.WriteLine($"engine     TorchSharp {report.TorchSharp} over LibTorch {report.LibTorch}");
            console.WriteLine($"           in {report.LibTorchFolder}");
            console.WriteLine($"classifier {(report.OnnxRuntime is { } onnx ? $"ONNX Runtime {onnx}" : "no ONNX Runtime beside the program")}");
            console.WriteLine($"threads    {report.Threads} of {report.Processors} processors");
            foreach (var device in report.Devices)
            {
                var memory = device.TotalMemory is { } bytes ? $", {bytes / 1e9:N1} GB" : "";
                var rate = device.GigaflopsPerSecond is { } gigaflops
                    ? $", {gigaflops:N0} GFLOP/s in float32 matrix products" : "";
                console.WriteLine($"device     {device.Name}{(device.Description is { } what ? $" ({what})" : "")}{memory}{rate}");
            }
            console.WriteLine($"home       {context.Home.Root}");
            if (!report.ScalarsAreGuarded || !report.TensorsAreGuarded)
            {
                var what = report.TensorsAreGuarded ? "scalars" : report.ScalarsAreGuarded ? "tensors" : "scalars and tensors";
                console.WriteLine($"WARNING    This TorchSharp frees {what} that are still read: computing can fail.");
                console.WriteLine("           Build with the version in Directory.Packages.props.");
            }
        });
    }
}
