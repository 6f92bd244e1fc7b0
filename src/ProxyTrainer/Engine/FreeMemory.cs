using TorchSharp;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Memory that isn't taken.</summary>
public static class FreeMemory
{
    private const string MemoryInfo = "/proc/meminfo";
    private const string Available = "MemAvailable:";

    /// <summary>Bytes that can still be taken on a device; null where nobody tells.</summary>
    public static long? On(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            return Hardware.Gpu(Math.Max(0, device.index))?.Memory;
        }

        // What the container, or else the machine, lets this process have, and what other processes leave of it.
        var allowed = Hardware.TotalMemory() - Environment.WorkingSet;
        return !File.Exists(MemoryInfo) ? allowed : File.ReadLines(MemoryInfo)
            .Where(line => line.StartsWith(Available, StringComparison.Ordinal))
            .Select(line => 1024 * long.Parse(line[Available.Length..^2].Trim(), NumberStyles.None, CultureInfo.InvariantCulture))
            .Select(free => Math.Min(free, allowed))
            .FirstOrDefault(allowed);
    }
}
