using System.Runtime.InteropServices;

namespace Tda.TestKit;

/// <summary>The most memory that a piece of work holds, native memory included, by the kernel's own count (Linux).</summary>
public static partial class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const int MmapThreshold = -3; // of mallopt(3)
    private const int LargeBlock = 128 << 10;

    /// <summary>Whether the kernel counts, and lets its count be reset.</summary>
    public static bool IsCounted { get; } = TryReset();

    /// <summary>Bytes of resident memory above what there was before; other work of the process must rest meanwhile.</summary>
    public static long Above(Action work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = SetOption(MmapThreshold, LargeBlock); // tensors come and go with pages of their own, not into gaps that earlier tests left
        _ = TrimHeap(0); // what the allocator still holds from before would be used without being counted
        TryReset();
        var before = Read("VmRSS:");
        work();
        return Read("VmHWM:") - before;
    }

    private static bool TryReset()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return File.Exists(Status);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Read(string name) =>
        1024 * long.Parse(File.ReadLines(Status).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..^2].Trim(), CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);
}
