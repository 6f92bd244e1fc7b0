namespace Tda.Bench.Gateway.Processes;

/// <summary>What /proc says of a process and all below it.</summary>
internal static class ProcessStats
{
    private const double TicksPerSecond = 100; // USER_HZ of every Linux that .NET runs on

    /// <summary>Processor seconds, user and system, of the process, its descendants, and those of them that have ended; resolution 10 ms.</summary>
    public static double CpuSeconds(int process) => Tree(process).Sum(id => Fields(id) is { } stat ? (stat[11] + stat[12] + stat[13] + stat[14]) / TicksPerSecond : 0);

    /// <summary>Processor seconds of this process's children that have ended and were waited for.</summary>
    public static double EndedChildrenSeconds() => Fields(Environment.ProcessId) is { } stat ? (stat[13] + stat[14]) / TicksPerSecond : 0;

    /// <summary>Resident bytes of the process and its descendants.</summary>
    public static long ResidentBytes(int process) => Tree(process).Sum(id => Status(id, "VmRSS"));

    /// <summary>Resident bytes that are no file's: heaps and stacks.</summary>
    public static long AnonymousBytes(int process) => Tree(process).Sum(id => Status(id, "RssAnon"));

    /// <summary>Highest resident bytes of the process alone.</summary>
    public static long PeakBytes(int process) => Status(process, "VmHWM");

    private static IEnumerable<int> Tree(int process)
    {
        yield return process;
        string[] children;
        try
        {
            children = File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            yield break; // it has ended
        }

        foreach (var child in children)
        {
            foreach (var below in Tree(int.Parse(child, CultureInfo.InvariantCulture)))
            {
                yield return below;
            }
        }
    }

    /// <summary>The numbers after the name, which may hold blanks: [11] and [12] are user and system time, [13] and [14] those of ended children.</summary>
    private static long[]? Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return [.. fields.Take(20).Select(field => long.TryParse(field, CultureInfo.InvariantCulture, out var value) ? value : 0)];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Status(int process, string name)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
