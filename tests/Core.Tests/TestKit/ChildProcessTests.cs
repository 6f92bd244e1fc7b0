using Tda.TestKit;

namespace Tda.Core.Tests.TestKit;

public class ChildProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RunAsync_Program_GivesExitCodeAndBothOutputs()
    {
        var result = await ChildProcess.RunAsync("sh", ["-c", "echo out; echo err >&2; echo $VALUE; exit 3"], Patience, new Dictionary<string, string?> { ["VALUE"] = "42" });
        Assert.Equal((3, "out\n42\n", "err\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task LineAsync_Line_IsFoundWhenItComes()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "echo listening on 1234; sleep 60"]);
        Assert.Equal("1234", (await child.LineAsync(@"listening on (\d+)", Patience)).Groups[1].Value);
        child.Kill();
        Assert.NotEqual(0, (await child.ExitAsync(Patience)).ExitCode);
    }
}
