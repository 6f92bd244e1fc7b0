namespace Tda.ProxyTrainer.Engine;

/// <summary>The shared libraries that the dynamic linker mapped into this process: what is used, not what is installed.</summary>
internal static class MappedLibraries
{
    private const string Maps = "/proc/self/maps";

    /// <summary>Paths of the mapped libraries whose file name satisfies <paramref name="wanted"/>; empty where there is no /proc.</summary>
    internal static IReadOnlyList<string> Paths(Func<string, bool> wanted)
    {
        if (!File.Exists(Maps))
        {
            return [];
        }

        return [.. File.ReadLines(Maps)
            .Select(line => line.IndexOf('/') is var start && start >= 0 ? line[start..] : "")
            .Where(path => path.Contains(".so", StringComparison.Ordinal) && wanted(Path.GetFileName(path)))
            .Distinct()];
    }
}
