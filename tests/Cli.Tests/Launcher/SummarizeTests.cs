using Tda.TestKit;

namespace Tda.Cli.Tests.Launcher;

/// <summary>The closing line of all tests: a summary that hides a failure would be worse than none.</summary>
public sealed class SummarizeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TempDirectory _results = new();

    public void Dispose() => _results.Dispose();

    [Fact]
    public async Task Summarize_AllPassed_Is0AndAddsUp()
    {
        Trx("a", total: 5, passed: 4, failed: 0);
        Trx("b", total: 7, passed: 7, failed: 0);

        await SaysAsync(0, "11 passed, 0 failed, 1 skipped", earlier: 0, projects: 2);
    }

    [Fact]
    public async Task Summarize_OneFailed_IsNot0()
    {
        Trx("a", total: 5, passed: 4, failed: 1);
        Trx("b", total: 7, passed: 7, failed: 0);

        await SaysAsync(1, "11 passed, 1 failed, 0 skipped", earlier: 1, projects: 2);
    }

    [Fact]
    public async Task Summarize_ProjectWithoutResults_IsNot0()
    {
        Trx("a", total: 5, passed: 5, failed: 0);

        await SaysAsync(1, "5 passed, 1 failed, 0 skipped", earlier: 0, projects: 2);
    }

    [Fact]
    public async Task Summarize_StyleCheckFailed_IsNot0()
    {
        Trx("a", total: 5, passed: 5, failed: 0);

        await SaysAsync(1, "5 passed, 1 failed, 0 skipped", earlier: 1, projects: 1);
    }

    [Fact]
    public async Task Summarize_FileWithoutCounters_IsNot0()
    {
        Trx("a", total: 5, passed: 5, failed: 0);
        _results.Write("b.trx", "<?xml version=\"1.0\"?><TestRun>");

        var result = await RunAsync(earlier: 0, projects: 2);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal("5 passed, 1 failed, 0 skipped", Last(result));
    }

    [Fact]
    public async Task Summarize_NothingRan_IsNot0() => await SaysAsync(1, "0 passed, 1 failed, 0 skipped", earlier: 0, projects: 1);

    private async Task SaysAsync(int exitCode, string last, int earlier, int projects)
    {
        var result = await RunAsync(earlier, projects);

        Assert.True(result.ExitCode == exitCode, $"{result}");
        Assert.Equal(last, Last(result));
    }

    private Task<ProcessResult> RunAsync(int earlier, int projects) =>
        ChildProcess.RunAsync(TestPaths.InRepository(".ci", "summarize"), [_results.Path, $"{earlier}", $"{projects}"], Patience);

    private static string Last(ProcessResult result) => result.Output.TrimEnd().Split('\n')[^1];

    /// <summary>A result file as the test platform writes it.</summary>
    private void Trx(string name, int total, int passed, int failed) => _results.Write($"{name}.trx", $"""
        <?xml version="1.0" encoding="utf-8"?>
        <TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
          <ResultSummary outcome="Completed">
            <Counters total="{total}" executed="{passed + failed}" passed="{passed}" failed="{failed}" error="0" timeout="0" aborted="0" inconclusive="0" notExecuted="0" />
          </ResultSummary>
        </TestRun>
        """);
}
