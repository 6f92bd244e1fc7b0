namespace Tda.Bench.Running;

/// <summary>A folder for the length of some work.</summary>
internal static class Scratch
{
    /// <summary>Runs the work in a folder that is removed at the end.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(Func<string, Task<int>> work)
    {
        var folder = Directory.CreateTempSubdirectory("tda-bench-").FullName;
        try
        {
            return await work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
