using System.Diagnostics;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Programs that must be there, and how to get them.</summary>
internal static class Tools
{
    /// <summary>The folder that holds Tda.sln.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Path of a program.</summary>
    /// <exception cref="TdaException">It is missing; the message says how to install it.</exception>
    public static string Require(string program, string install) =>
        Find(program) ?? throw new TdaException($"{program} is missing. Install it: {install}");

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end and returns what it wrote.</summary>
    /// <exception cref="TdaException">It failed or took too long; then it was killed.</exception>
    public static async Task<string> RunAsync(ProcessStartInfo start, TimeSpan limit, bool check = true)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            Native.Signal(process.Id, Native.Killed);
            throw new TdaException($"{start.FileName} {string.Join(' ', start.ArgumentList)} took longer than {limit}");
        }

        if (check && process.ExitCode != 0)
        {
            throw new TdaException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}\n{await error}{await output}");
        }

        return await output;
    }

    /// <summary>Builds a project of the repository, so that what is measured is what the sources say.</summary>
    /// <returns>Path of its assembly.</returns>
    public static async Task<string> BuildAsync(string project, string assembly)
    {
        await RunAsync(new("dotnet", ["build", Path.Combine(Repository, project), "-c", "Release", "-v", "quiet", "-nologo", "-m:1"]), TimeSpan.FromMinutes(10));
        return Path.Combine(Repository, project, "bin", "Release", "net10.0", assembly + ".dll");
    }

    /// <summary>A script of an npm package, which is installed once into the user's cache.</summary>
    /// <exception cref="TdaException">npm can't install it.</exception>
    public static async Task<string> NpmAsync(string package, string version, params IReadOnlyList<string> script)
    {
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "tda-bench");
        var folder = Path.Combine(cache, $"{package.Split('/')[^1]}-{version}");
        var path = Path.Combine([folder, "node_modules", .. package.Split('/'), .. script]);
        if (File.Exists(path))
        {
            return path;
        }

        var npm = Require("npm", "apt-get install -y nodejs npm");
        Directory.CreateDirectory(folder);
        await RunAsync(new(npm, ["install", "--no-audit", "--no-fund", "--prefix", folder, $"{package}@{version}"]), TimeSpan.FromMinutes(5));
        return File.Exists(path) ? path : throw new TdaException($"npm installed {package} {version}, but not {path}");
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Tda.sln")))
            {
                return directory.FullName;
            }
        }

        throw new TdaException($"no folder above {AppContext.BaseDirectory} holds Tda.sln");
    }
}
