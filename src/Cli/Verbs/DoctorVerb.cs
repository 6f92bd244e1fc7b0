using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.ProxyTrainer.Engine;

namespace Tda.Cli.Verbs;

/// <summary>`tda doctor`: what the program found on this machine, and what is wrong with it.</summary>
internal static class DoctorVerb
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "Don't measure the matrix-product rate" };

    /// <summary>Builds the verb.</summary>
    public static Command Build() => CommandExtensions.Verb("doctor",
        "Says which LibTorch, BLAS, devices and memory the program found, how fast they multiply, and what should be mended.",
        "tda doctor --threads 2", Quick).Runs(Run);

    private static Task<int> Run(VerbContext context)
    {
        TensorEngine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        var report = TensorEngine.Inspect(measure: !context.Get(Quick));
        return Task.FromResult(context.Done(report, console =>
        {
            console.WriteLine($"LibTorch   {report.Version} ({report.Provider})");
            console.WriteLine($"BLAS       {report.Blas.Name}{(report.Blas.Path is { } path ? $", {path}" : "")}");
            console.WriteLine($"threads    {report.Threads} of {report.Processors} processors");
            foreach (var device in report.Devices)
            {
                var memory = device.TotalMemory is { } bytes ? string.Create(CultureInfo.InvariantCulture, $", {bytes / 1e9:N1} GB") : "";
                var rate = device.GigaflopsPerSecond is { } gigaflops
                    ? string.Create(CultureInfo.InvariantCulture, $", {gigaflops:N0} GFLOP/s in float32 matrix products") : "";
                console.WriteLine($"device     {device.Name}{(device.Description is { } what ? $" ({what})" : "")}{memory}{rate}");
            }
            console.WriteLine($"home       {context.Home.Root}");
            foreach (var warning in report.Warnings)
            {
                console.WriteLine($"WARNING    {warning}");
            }

            if (report.Warnings.Count == 0)
            {
                console.WriteLine("nothing to mend");
            }
        }));
    }
}
