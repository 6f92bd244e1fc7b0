using Tda.Review.Attribution;
using Tda.Review.Tests.Support;

namespace Tda.Review.Tests.Attribution;

public class SourceMatrixTests
{
    [Fact]
    public async Task Of_Run_SharesOfEachClassSumToOne_AndAreTheScores()
    {
        await using var site = await DeskSite.StartAsync();
        using var runs = new RunLibrary(site.Home);
        var run = runs.Find(DeskSite.Run, out var fault)!;
        Assert.Null(fault);

        var matrix = SourceMatrix.Of(run);

        Assert.Equal([("harmful", 1), ("mixed", 1)], matrix.Classes);
        Assert.All(Enumerable.Range(0, 2), c => Assert.Equal(1, matrix.Sources.Sum(source => source.Shares[c]), 1e-12));

        // Scores 10, 9, … of which those above 0 are the first ten: 10 + 6 + 2 of 55 are spam's.
        Assert.Equal(18.0 / 55, matrix.Sources.Single(source => source.Name == "spam").Shares[0], 1e-12);
        Assert.Equal(1.0, matrix.Sources.Single(source => source.Name == "ham").Shares[1], 1e-12);
        Assert.Equal(site.Documents[0].Id, matrix.Sources.Single(source => source.Name == "spam").Strongest[0]);
    }

    [Fact]
    public async Task RowOf_ExchangeAloneAndInASet_AndTopAreProponents()
    {
        await using var site = await DeskSite.StartAsync();
        using var runs = new RunLibrary(site.Home);
        var run = runs.Find(DeskSite.Run, out _)!;

        Assert.Equal((0, 1, null), (run.RowOf(DeskSite.Id(0)), run.RowOf(DeskSite.Id(2)), run.RowOf(DeskSite.Id(1))));
        Assert.Equal([site.Documents[3].Id], run.Top(1, 10).Select(one => one.Id));
        Assert.Equal(3, run.TokenScoresOf(0, site.Documents[1].Id).Count);
        Assert.Empty(run.TokenScoresOf(0, site.Documents[5].Id));
        var same = RunComparison.Of(run, run);
        Assert.All(same.Queries, query => Assert.Equal(1, query.Correlation, 1e-12));
    }

    [Fact]
    public async Task Find_DamagedRun_SaysWhatIsWrong()
    {
        await using var site = await DeskSite.StartAsync();
        File.WriteAllText(Path.Combine(site.Home.RunDirectory(DeskSite.Run), "queries.jsonl"), "not json\n");
        using var runs = new RunLibrary(site.Home);

        Assert.Null(runs.Find(DeskSite.Run, out var fault));
        Assert.Contains("queries.jsonl", fault, StringComparison.Ordinal);
    }
}
