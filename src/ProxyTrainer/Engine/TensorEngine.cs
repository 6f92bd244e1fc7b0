using System.Diagnostics;
using TorchSharp;

namespace Tda.ProxyTrainer.Engine;

/// <summary>The tensor engine as a whole (TorchSharp over LibTorch): devices, threads, and how fast it is.</summary>
public static class TensorEngine
{
    /// <summary>Applies the options, and makes them <see cref="ComputePlace.Current"/> for what the caller does from here on; returns the device.</summary>
    /// <exception cref="UsageException">Threads below 1, or a device that is not there.</exception>
    /// <exception cref="TdaException">LibTorch can't be loaded; the message names the remedy.</exception>
    public static Device Configure(EngineOptions options)
    {
        if (options.Threads is < 1)
        {
            throw new UsageException($"threads must be at least 1, and {options.Threads} was given");
        }

        NativeEngine.Load();
        if (options.Threads is { } threads)
        {
            set_num_threads(threads);
        }

        var device = Pick(options.Device);
        ComputePlace.Use(new ComputePlace(device, options.Numbers == ModelNumbers.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32, options.Recompute));
        return device;
    }

    /// <summary>The device a name stands for; "auto" is the first GPU, or the CPU where there is none.</summary>
    /// <exception cref="UsageException">There is no such device.</exception>
    public static Device Pick(string name)
    {
        NativeEngine.Load();
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

        if (wanted.type != DeviceType.CUDA)
        {
            throw new UsageException($"'{name}' is not a device that can be used: use auto, cpu, cuda or cuda:<index>");
        }

        var count = cuda.is_available() ? cuda.device_count() : 0;
        return count > Math.Max(0, wanted.index)
            ? new Device(DeviceType.CUDA, Math.Max(0, wanted.index))
            : throw new UsageException(count > 0
                ? $"there is no device {name}: this machine has {count} GPUs, cuda:0 to cuda:{count - 1}"
                : $"there is no device {name}: LibTorch finds no GPU here. It takes an NVIDIA driver, and a LibTorch with CUDA: "
                    + "build Tda with -p:Cuda=true, or point TDA_LIBTORCH at such a LibTorch's lib folder");
    }

    /// <summary>Looks at the engine and, if asked, measures it: under a second for each device.</summary>
    /// <exception cref="TdaException">LibTorch can't be loaded; the message names the remedy.</exception>
    public static EngineReport Inspect(bool measure = true)
    {
        NativeEngine.Load();
        var devices = new List<DeviceReport>
        {
            new("cpu", Hardware.ProcessorName(), Hardware.TotalMemory(), measure ? MatrixRate(CPU) : null),
        };
        for (var i = 0; cuda.is_available() && i < cuda.device_count(); i++)
        {
            var gpu = Hardware.Gpu(i);
            devices.Add(new DeviceReport(
                $"cuda:{i}", gpu?.Name, gpu?.Memory, measure ? MatrixRate(new Device(DeviceType.CUDA, i), 8192) : null));
        }

        return new EngineReport(
            typeof(torch).Assembly.GetName().Version!.ToString(3), __version__, NativeEngine.LibTorchFolder, get_num_threads(),
            Environment.ProcessorCount, NativeEngine.ScalarsAreGuarded, NativeEngine.TensorsAreGuarded, Hardware.OnnxRuntimeVersion(),
            devices);
    }

    /// <summary>Multiplies n × n float32 matrices for at least <paramref name="duration"/> (.3 s unless given).</summary>
    /// <returns>10⁹ operations a second, counting 2n³ a product, of the fastest product: other load only ever slows one down.</returns>
    public static double MatrixRate(Device device, int n = 1024, TimeSpan? duration = null)
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
            best = one.Elapsed < best ? one.Elapsed : best;
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

/// <summary>How computations run.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads of one operator on the CPU. At least 1; null leaves LibTorch's own choice, all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>"cpu", "cuda", "cuda:1", or "auto": the first GPU if there is one. Default "auto".</summary>
    public string Device { get; init; } = "auto";

    /// <summary>What models compute in. Default float32.</summary>
    public ModelNumbers Numbers { get; init; } = ModelNumbers.Float32;

    /// <summary>Whether blocks are computed again when gradients are taken, to save memory. Default no.</summary>
    public bool Recompute { get; init; }
}

/// <summary>What computes and how fast: the engine's part of <c>tda doctor</c>.</summary>
/// <param name="TorchSharp">Version of the TorchSharp package.</param>
/// <param name="LibTorch">Version of LibTorch that the package was made for.</param>
/// <param name="LibTorchFolder">The folder that LibTorch was loaded from.</param>
/// <param name="Threads">Of one operator on the CPU.</param>
/// <param name="Processors">Of this machine.</param>
/// <param name="ScalarsAreGuarded">
/// Whether TorchSharp is kept from freeing scalars that native code still reads; false for a version of it that we don't know.
/// </param>
/// <param name="TensorsAreGuarded">The same of tensors that nothing but a native call refers to.</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime beside the program; null where the program comes without it.</param>
/// <param name="Devices">The CPU first.</param>
public sealed record EngineReport(
    string TorchSharp, string LibTorch, string LibTorchFolder, int Threads, int Processors, bool ScalarsAreGuarded, bool TensorsAreGuarded,
    string? OnnxRuntime, IReadOnlyList<DeviceReport> Devices);

/// <summary>A device that can compute.</summary>
/// <param name="Name">"cpu" or "cuda:0".</param>
/// <param name="Description">The processor's or GPU's name, where the system tells.</param>
/// <param name="TotalMemory">Bytes; null if unknown.</param>
/// <param name="GigaflopsPerSecond">Measured rate of a float32 matrix product, in 10⁹ operations a second; null if not measured.</param>
public sealed record DeviceReport(string Name, string? Description, long? TotalMemory, double? GigaflopsPerSecond);
