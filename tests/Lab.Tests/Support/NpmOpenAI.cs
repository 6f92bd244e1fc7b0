using Tda.TestKit;

namespace Tda.Lab.Tests.Support;

/// <summary>The npm package <c>openai</c>, installed once into a cache folder of the tests.</summary>
internal static class NpmOpenAI
{
    /// <summary>The newest release that runs on Node 20.</summary>
    public const string Version = "6.30.1";

    private static readonly Lazy<Task<string?>> Install = new(InstallAsync);

    /// <summary>Where it is installed; <c>node_modules</c> lies in it.</summary>
    public static string Folder { get; } = Path.Combine(Path.GetTempPath(), "tda-tests", $"npm-openai-{Version}");

    /// <summary>Skips the test, with npm's reason, only when the package can't be installed.</summary>
    public static async Task RequireAsync()
    {
        var reason = await Install.Value;
        Assert.SkipWhen(reason is not null, reason ?? "");
    }

    private static async Task<string?> InstallAsync()
    {
        if (File.Exists(Path.Combine(Folder, "node_modules", "openai", "package.json")))
        {
            return null;
        }

        // Installed beside and moved into place, so that neither a killed nor a concurrent run leaves half a package.
        Directory.CreateDirectory(Path.GetDirectoryName(Folder)!);
        var work = $"{Folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(work);
        try
        {
            var installed = await ChildProcess.RunAsync(
                "npm", ["install", "--prefix", work, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", $"openai@{Version}"], TimeSpan.FromMinutes(3));
            if (installed.ExitCode != 0)
            {
                return $"npm can't install openai@{Version}: {installed.Error.Trim()}";
            }

            if (!Directory.Exists(Folder))
            {
                Directory.Move(work, Folder);
            }

            return null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or TimeoutException)
        {
            return $"npm can't install openai@{Version}: {e.Message}";
        }
        finally
        {
            if (Directory.Exists(work))
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }
}
