using TorchSharp;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Engine;

/// <summary>The tensor engine as a whole: devices, threads, and how fast it is.</summary>
public static class TensorEngine
{
    /// <summary>Applies the options and returns the device they choose.</summary>
    /// <exception cref="UsageException">Threads below 1, or a device that is not there.</exception>
    /// <exception cref="TdaException">LibTorch is missing or broken.</exception>
    public static Device Configure(EngineOptions options)
    {
        if (options.Threads is < 1)
        {
            throw new UsageException($"threads must be at least 1, and {options.Threads} was given");
        }

        if (options.Threads is { } threads)
        {
            set_num_threads(threads);
        }

        return Pick(options.Device);
    }

    /// <summary>The device a name stands for; "auto" is the first GPU, or the CPU where there is none.</summary>
    /// <exception cref="UsageException">There is no such device.</exception>
    public static Device Pick(string name)
    {
        if (name == "auto")
        {
            return cuda.is_available() ? new Device(DeviceType.CUDA, 0) : CPU;
        }

        Device wanted;
        try
        {
            wanted = new Device(name);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw new UsageException($"'{name}' is not a device: use auto, cpu, cuda or cuda:<index>", e);
        }
        if (wanted.type == DeviceType.CPU)
        {
            return wanted;
        }

        var count = wanted.type == DeviceType.CUDA ? cuda.device_count() : 0;
        return count > Math.Max(0, wanted.index)
            ? wanted
            : throw new UsageException($"there is no device {name}: this machine has {count} CUDA devices that LibTorch can use");
    }

    /// <summary>Looks at the engine and, if asked, measures it: under a second for each device.</summary>
    /// <exception cref="TdaException">LibTorch is missing or broken; the message names the remedy.</exception>
    public static EngineReport Inspect(bool measure = true)
    {
        var threads = get_num_threads();
        var blas = BlasProbe.Find();
        var devices = new List<DeviceReport>
        {
            new("cpu", Hardware.ProcessorName(), Hardware.TotalMemory(), measure ? MatrixRate.Measure(CPU) : null),
        };
        for (var i = 0; i < cuda.device_count(); i++)
        {
            var gpu = Hardware.Gpu(i);
            devices.Add(new DeviceReport(
                $"cuda:{i}", gpu?.Name, gpu?.Memory, measure ? MatrixRate.Measure(new Device(DeviceType.CUDA, i), 8192) : null));
        }
        return new EngineReport
        {
            Provider = "TorchSharp",
            Version = __version__,
            Blas = blas,
            Threads = threads,
            Processors = Environment.ProcessorCount,
            Devices = devices,
            Warnings = [.. Warnings(blas)],
        };
    }

    private static IEnumerable<string> Warnings(BlasLibrary blas)
    {
        if (blas.IsReference)
        {
            yield return $"Matrix products use the reference BLAS ({blas.Path}), tens of times slower than OpenBLAS: "
                + "install libopenblas0-openmp (Debian: apt-get install libopenblas0-openmp).";
        }
    }
}
