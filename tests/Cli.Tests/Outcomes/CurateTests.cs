using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>Excess isn't silent: what a curation takes away is shown before, told after, and can be set against chance.</summary>
public sealed class CurateTests(SmallHome home) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = home.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Curate_DryRun_ShowsEachSourceAndMakesNothing()
    {
        var shown = await _tda.JsonAsync([.. "curate --corpus web --run r --name web2 --drop 2 --dry-run".Split(' ')]);

        var sources = shown["summary"]!["sources"]!.AsArray();
        Assert.Equal(["bad", "good"], sources.Select(source => (string)source!["source"]!));
        Assert.Equal(12, sources.Sum(source => (int)source!["documents"]!));
        Assert.Equal(2, sources.Sum(source => (int)source!["dropped"]!));
        Assert.False(Directory.Exists(_tda.InHome("corpora", "web2")));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public async Task Curate_DropsMoreThanAFifth_WarnsWithTheSources(int drop, bool warns)
    {
        var result = await _tda.RunAsync("curate", "--corpus", "web", "--run", "r", "--name", "web2", "--drop", $"{drop}");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(warns, result.Error.Contains("more than a fifth", StringComparison.Ordinal));
        Assert.Equal(warns, result.Error.Contains(" of 4", StringComparison.Ordinal)); // the bad source's documents
    }

    [Fact]
    public async Task Curate_AtRandom_DropsAsManyOthersAndSaysSoInTheLedger()
    {
        await _tda.JsonAsync([.. "curate --corpus web --run r --name chosen --drop 2".Split(' ')]);
        var first = await LedgerAsync("first", 1);
        var again = await LedgerAsync("again", 1);

        Assert.Equal(2, first.Length);
        Assert.Equal(first, again);
        Assert.NotEqual(first, await LedgerAsync("other", 2));
        Assert.All(first, line => Assert.Contains("random control of 2 documents, seed 1", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Distill_NoExchangeMatches_Is3AndNamesTheWayOut()
    {
        var result = await _tda.FailsAsync(3, "distill", "--corpus", "web", "--name", "s", "--exchanges", "tag=team");

        Assert.Contains("no exchange in the log matches", result.Error, StringComparison.Ordinal);
        Assert.Contains("--exchanges none", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("surrogates", "s")));
    }

    private async Task<string[]> LedgerAsync(string name, int seed)
    {
        await _tda.JsonAsync([.. $"curate --corpus web --run r --name {name} --drop 2 --at-random {seed}".Split(' ')]);
        return await File.ReadAllLinesAsync(_tda.InHome("corpora", name, "ledger.jsonl"), TestContext.Current.CancellationToken);
    }
}
