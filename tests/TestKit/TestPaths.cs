namespace Tda.TestKit;

/// <summary>Where the repository's files are, seen from a test's output directory.</summary>
public static class TestPaths
{
    /// <summary>The directory that holds Tda.sln.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A path inside the repository.</summary>
    public static string InRepository(params string[] parts) => Path.Combine([Repository, .. parts]);

    private static string FindRepository()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Tda.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds Tda.sln");
    }
}
