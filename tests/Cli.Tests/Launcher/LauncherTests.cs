using Tda.TestKit;

namespace Tda.Cli.Tests.Launcher;

/// <summary>The launcher at the top of the repository is the first thing that anyone runs.</summary>
public sealed class LauncherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TempDirectory _clone = new();

    public void Dispose() => _clone.Dispose();

    [Theory]
    [InlineData("tda")]
    [InlineData(".ci/run")]
    [InlineData(".ci/summarize")]
    public async Task Script_InBash_ParsesAndIsExecutable(string script)
    {
        var path = TestPaths.InRepository(script);
        var parsed = await ChildProcess.RunAsync("bash", ["-n", path], Patience);

        Assert.True(parsed.ExitCode == 0, $"{parsed}");
        Assert.True(File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute), $"{script} is not executable");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("corpus import --help")]
    public async Task Launcher_UpToDateProgram_PassesArgumentsThrough(string line)
    {
        var launcher = Clone();
        var help = await ChildProcess.RunAsync(launcher, line.Split(' '), Patience);

        Assert.True(help.ExitCode == 0, $"{help}");
        Assert.Contains("Usage:", help.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("building", help.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Launcher_VerbThatFails_KeepsItsExitCode() =>
        Assert.Equal(2, (await ChildProcess.RunAsync(Clone(), ["nonsense"], Patience)).ExitCode);

    [Fact]
    public async Task Launcher_SourceNewerThanProgram_Builds()
    {
        var launcher = Clone();
        _clone.Write("src/Cli/Cli.csproj", "<Project DefaultTargets=\"Build\"><Target Name=\"Restore\"/><Target Name=\"Build\"><Error Text=\"no such thing\"/></Target></Project>");
        File.SetLastWriteTimeUtc(_clone["src/Cli/Cli.csproj"], File.GetLastWriteTimeUtc(_clone["src/Cli/bin/Release/net10.0/tda.dll"]).AddSeconds(5));

        var result = await ChildProcess.RunAsync(launcher, ["--help"], Patience);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("building", result.Error, StringComparison.Ordinal);
        Assert.Contains("no such thing", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A repository that holds the launcher and the built program, and so needs no build.</summary>
    private string Clone()
    {
        var launcher = _clone["tda"];
        File.Copy(TestPaths.InRepository("tda"), launcher);
        foreach (var name in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "BannedSymbols.txt"])
        {
            _clone.Write(name, name != "BannedSymbols.txt" ? "<Project/>" : "");
        }

        var program = Path.GetDirectoryName(_clone["src/Cli/bin/Release/net10.0/tda.dll"])!;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            File.CreateSymbolicLink(Path.Combine(program, Path.GetFileName(file)), file);
        }

        File.Delete(Path.Combine(program, "tda.dll"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "tda.dll"), Path.Combine(program, "tda.dll"));
        // The program is newer than every source.
        var newest = Directory.EnumerateFiles(_clone.Path).Max(File.GetLastWriteTimeUtc);
        File.SetLastWriteTimeUtc(Path.Combine(program, "tda.dll"), newest.AddSeconds(1));
        return launcher;
    }
}
