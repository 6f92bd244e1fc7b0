using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Names and memory sizes, as the operating system and the GPU's driver tell them.</summary>
internal static unsafe class Hardware
{
    private const string Processors = "/proc/cpuinfo";

    internal static string? ProcessorName() => !File.Exists(Processors) ? null : File.ReadLines(Processors)
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
        .FirstOrDefault();

    /// <summary>Bytes this process may use: the container's limit where there is one.</summary>
    internal static long TotalMemory() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Asks the CUDA driver, which is loaded wherever LibTorch found a GPU; null where it can't be asked.</summary>
    internal static (string Name, long Memory)? Gpu(int index)
    {
        if (!NativeLibrary.TryLoad("libcuda.so.1", out var driver)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var get)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetName", out var getName)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceTotalMem_v2", out var getMemory))
        {
            return null;
        }

        int device;
        nuint memory;
        var name = stackalloc byte[256];
        if (((delegate* unmanaged<int*, int, int>)get)(&device, index) != 0
            || ((delegate* unmanaged<byte*, int, int, int>)getName)(name, 256, device) != 0
            || ((delegate* unmanaged<nuint*, int, int>)getMemory)(&memory, device) != 0)
        {
            return null;
        }

        return (Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), checked((long)memory));
    }

    /// <summary>Version of the ONNX Runtime that comes with the program; null where it doesn't.</summary>
    internal static string? OnnxRuntimeVersion()
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.OnnxRuntime.dll");
        return File.Exists(assembly) ? FileVersionInfo.GetVersionInfo(assembly).ProductVersion : null;
    }
}
