using System.Runtime.CompilerServices;
using Tda.ProxyTrainer.Engine;
using Tda.TestKit;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

/// <summary>
/// Tensors that nothing but a native call refers to, in processes of their own: without the guard such a call ends the process. Compiled
/// without tiers, as code that is not optimised yet holds on to its temporaries.
/// </summary>
public sealed class TensorLifetimeTests
{
    [Theory]
    [InlineData(nameof(UnscopedTensors.Call_WhileAnotherThreadCollects_ReadsItsOperands))]
    [InlineData(nameof(UnscopedTensors.Dispose_ByTheProgram_FreesAtOnce))]
    [InlineData(nameof(UnscopedTensors.Finaliser_OfATensor_LeavesItToWait))]
    public async Task Tensors_OutsideAScope_LiveAsLongAsTheCall(string method)
    {
        await using var child = ChildProcess.StartManaged(
            "Tda.ProxyTrainer.Tests", ["-noLogo", "-noColor", "-explicit", "only", "-method", $"{typeof(UnscopedTensors).FullName}.{method}"],
            new Dictionary<string, string?> { ["DOTNET_TieredCompilation"] = "0" });

        var result = await child.ExitAsync(TimeSpan.FromMinutes(3));

        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.Output}{result.Error}");
        Assert.Contains("Total: 1", result.Output, StringComparison.Ordinal);
    }
}

/// <summary>Run by <see cref="TensorLifetimeTests"/> in processes of their own.</summary>
public sealed class UnscopedTensors
{
    private const int Large = 1 << 18; // elements: memory that goes back to the system as soon as it is freed

    public UnscopedTensors() => NativeEngine.Load();

    [Fact(Explicit = true)]
    public void Call_WhileAnotherThreadCollects_ReadsItsOperands()
    {
        new Thread(Collector) { IsBackground = true }.Start();
        for (var i = 0; i < 200; i++)
        {
            // The copy is freed by the program, what it was made from by the finaliser alone.
            using var copy = full(Large, (float)i).view(-1).clone();
            Assert.Equal(i, copy.min().item<float>());
            Assert.Equal(i, copy.max().item<float>());
        }
    }

    [Fact(Explicit = true)]
    public void Dispose_ByTheProgram_FreesAtOnce()
    {
        Collect();
        var before = (TensorLifetime.Waiting, Memory: Environment.WorkingSet);
        for (var i = 0; i < 400; i++)
        {
            using var scope = NewDisposeScope();
            using var first = ones(Large);
            first.add(first);
        }

        Assert.Equal(before.Waiting, TensorLifetime.Waiting);
        Assert.InRange(Environment.WorkingSet - before.Memory, long.MinValue, 100 << 20); // of 800 MiB in all
    }

    [Fact(Explicit = true)]
    public void Finaliser_OfATensor_LeavesItToWait()
    {
        Collect();
        var before = TensorLifetime.Waiting;
        Forget(20);
        Collect();

        Assert.True(NativeEngine.TensorsAreGuarded);
        Assert.Equal(20, TensorLifetime.Waiting - before);
    }

    private static void Collector()
    {
        while (true)
        {
            GC.Collect(0);
            Thread.Sleep(0); // on a machine with few cores it would take most of the time
        }
    }

    // The first tells which thread runs finalisers.
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(int tensors)
    {
        for (var i = 0; i < tensors; i++)
        {
            _ = ones(3);
        }
    }
}
