namespace Tda.Bench.Running;

/// <summary>What every verb of this program needs around its work: a folder of its own, and errors in words.</summary>
internal static class Scratch
{
    /// <summary>Runs the work in a folder that is removed at the end.</summary>
    /// <returns>Its exit code, or that of the error, whose message is printed.</returns>
    public static async Task<int> RunAsync(Func<string, Task<int>> work)
    {
        var folder = Directory.CreateTempSubdirectory("tda-bench-").FullName;
        try
        {
            return await work(folder);
        }
        catch (TdaException error)
        {
            Console.Error.WriteLine(error.Message);
            return error.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
