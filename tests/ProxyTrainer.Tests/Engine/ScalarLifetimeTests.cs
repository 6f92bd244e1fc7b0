using System.Diagnostics;
using Tda.ProxyTrainer.Engine;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class ScalarLifetimeTests
{
    /// <summary>Without the guard some 20 of 600,000 calls failed here within 20 seconds, and the code of this version is known to be replaced.</summary>
    [Fact]
    public void Scalars_WhileAnotherThreadCollects_LiveAsLongAsTheCall()
    {
        NativeEngine.Load();
        var watch = Stopwatch.StartNew();
        var wrong = 0;
        var stop = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
            }
        });
        collector.Start();
        Parallel.For(0, 3, new ParallelOptions { MaxDegreeOfParallelism = 3 }, _ =>
        {
            for (var i = 0; i < 3000; i++)
            {
                using var scope = NewDisposeScope();
                var x = ones(4);
                for (var k = 0; k < 10; k++)
                {
                    if (x.add(x, 3).mul(2.5)[0].item<float>() != 10)
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }
        });
        Volatile.Write(ref stop, true);
        collector.Join();

        Assert.Equal(0, wrong);
        Assert.True(ScalarLifetime.Waiting > 0, "no scalar waited to be freed: the native function was not replaced");
        Assert.True(ScalarLifetime.Waiting < 10_000_000, $"{ScalarLifetime.Waiting} scalars wait after {watch.Elapsed}");
    }
}
