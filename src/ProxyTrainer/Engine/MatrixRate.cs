using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Measures how fast a device multiplies matrices.</summary>
public static class MatrixRate
{
    /// <summary>Multiplies n × n float32 matrices for at least <paramref name="duration"/>.</summary>
    /// <returns>10⁹ operations a second, counting 2n³ a product, of the fastest product: other load only ever slows one down.</returns>
    public static double Measure(Device device, int n = 1024, TimeSpan? duration = null)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var generator = new Generator(1);
        var a = randn(n, n, generator: generator).to(device);
        var b = randn(n, n, generator: generator).to(device);
        a.mm(b).Dispose();
        Wait(device);
        var best = TimeSpan.MaxValue;
        var total = Stopwatch.StartNew();
        do
        {
            var one = Stopwatch.StartNew();
            a.mm(b).Dispose();
            Wait(device);
            if (one.Elapsed < best)
            {
                best = one.Elapsed;
            }
        }
        while (total.Elapsed < (duration ?? TimeSpan.FromMilliseconds(300)));
        return 2.0 * n * n * n / best.TotalSeconds / 1e9;
    }

    private static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
