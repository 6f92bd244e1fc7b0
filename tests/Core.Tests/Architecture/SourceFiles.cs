using Tda.TestKit;

namespace Tda.Core.Tests.Architecture;

/// <summary>The repository's own files, without what builds and package managers put there.</summary>
internal static class SourceFiles
{
    private static readonly string[] Generated = ["bin", "obj", "node_modules", "TestResults"];

    public static IEnumerable<string> In(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Where(IsOurs).Order(StringComparer.Ordinal);
    }

    public static IEnumerable<string> Projects(string folder)
    {
        var path = TestPaths.InRepository(folder);
        if (!Directory.Exists(path))
        {
            return [];
        }

        return Directory.EnumerateFiles(path, "*.csproj", SearchOption.AllDirectories).Where(IsOurs).Order(StringComparer.Ordinal);
    }

    private static bool IsOurs(string path) =>
        !Path.GetRelativePath(TestPaths.Repository, path).Split(Path.DirectorySeparatorChar).Any(Generated.Contains);
}
