using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Tda.Bench.Verbs;

/// <summary>BenchmarkDotNet's view of <see cref="SmallOperators"/>: statistics and managed bytes a call.</summary>
internal static class MicroBenchmark
{
    // In process: its own toolchain would generate, restore and build a project per run, with the thread settings lost.
    public static void Run(string artifacts) => BenchmarkRunner.Run<SmallOperators>(
        ManualConfig.Create(DefaultConfig.Instance)
            .WithArtifactsPath(artifacts)
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
}
