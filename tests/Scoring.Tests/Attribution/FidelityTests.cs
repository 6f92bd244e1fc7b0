using Tda.Scoring.Attribution;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

/// <summary>An answer that the surrogate doesn't predict is not explained, and the program says so.</summary>
public class FidelityTests(TrainedHome trained) : IClassFixture<TrainedHome>
{
    [Fact]
    public void Run_AnswerBelowTheThreshold_AbstainsFromItAlone()
    {
        var result = Attributor.Run(Options("mixed"), NullProgress.Instance, trained.Home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal(["known"], run.Queries.Select(q => q.Id));
        Assert.Equal(["strange"], run.Abstained.Select(q => q.Id));
        Assert.Equal([1L, 48], run.Scores.Shape);
        Assert.Equal(1, result.Abstained);
        Assert.True(run.Explained[0].Fidelity!.Fidelity > 0);
        Assert.True(run.Abstained[0].Fidelity!.Fidelity < 0);
        Assert.All(run.Top(), d => Assert.Equal("known", d.Query));
        Assert.Contains("\"strange\"", File.ReadAllText(Path.Combine(result.Directory, "manifest.json")));
    }

    [Fact]
    public void Run_EveryAnswerBelow_WritesARunWithoutScores()
    {
        var result = Attributor.Run(Options("none") with { Queries = [trained.Strange] }, NullProgress.Instance, trained.Home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Empty(run.Queries);
        Assert.Single(run.Abstained);
        Assert.Empty(run.Top());
        Assert.Equal(0, result.Documents);
    }

    [Fact]
    public void Run_Forced_ScoresAndMarks()
    {
        using var run = ScoreRun.Open(Attributor.Run(Options("forced") with { Force = true }, NullProgress.Instance, trained.Home.Time).Directory);
        Assert.Equal(2, run.Queries.Count);
        Assert.Null(run.Explained[0].Forced);
        Assert.True(run.Explained[1].Forced);
        Assert.Equal(2, run.Scores.Shape[0]);
    }

    [Fact]
    public void Run_HigherThreshold_AbstainsFromMore()
    {
        var result = Attributor.Run(Options("strict") with { MinFidelity = .999 }, NullProgress.Instance, trained.Home.Time);
        Assert.Equal(2, result.Abstained);
        Assert.Equal(0, Attributor.Run(Options("lax") with { MinFidelity = -1000 }, NullProgress.Instance, trained.Home.Time).Abstained);
    }

    [Fact]
    public void Run_ContrastWithOneSetBelow_AbstainsFromBoth()
    {
        var result = Attributor.Run(
            Options("contrast") with { Queries = [trained.Known with { Label = "a" }, trained.Strange with { Label = "b" }], Contrast = ("a", "b") },
            NullProgress.Instance, trained.Home.Time);
        Assert.Equal(2, result.Abstained);
    }

    [Theory]
    [InlineData("bm25")]
    [InlineData("tfidf")]
    [InlineData("ngram")]
    public void Run_LexicalMethod_NeedsNoSurrogate(string method)
    {
        var result = Attributor.Run(Options(method) with { Method = method }, NullProgress.Instance, trained.Home.Time);
        Assert.Equal(0, result.Abstained);
        Assert.All(result.Queries, q => Assert.Null(q.Fidelity));
    }

    [Fact]
    public void Run_Nats_AreScoreOverNWhereTheMethodHasAUnit()
    {
        var ekfac = Attributor.Run(Options("unit"), NullProgress.Instance, trained.Home.Time);
        Assert.All(ekfac.Top, d => Assert.Equal(d.Score / ekfac.N, d.UncalibratedNats!.Value, 12));
        var dot = Attributor.Run(Options("none-unit") with { Method = "grad-dot" }, NullProgress.Instance, trained.Home.Time);
        Assert.All(dot.Top, d => Assert.Null(d.UncalibratedNats));
        Assert.False(dot.HasUnit);
    }

    [Fact]
    public void Run_Top_ZIsAgainstAllDocumentsOfTheQuery()
    {
        var result = Attributor.Run(Options("z") with { Force = true, CommandLine = "tda attribute --index i" }, NullProgress.Instance, trained.Home.Time);
        using var run = ScoreRun.Open(result.Directory);
        for (var q = 0; q < run.Queries.Count; q++)
        {
            double[] scores = [.. run.Scores.Row(q).ToArray().Select(s => (double)s)];
            var mean = scores.Average();
            var deviation = Math.Sqrt(scores.Average(s => Math.Pow(s - mean, 2)));
            Assert.All(run.Top().Where(d => d.Query == run.Queries[q].Id), d => Assert.Equal((d.Score - mean) / deviation, d.Z!.Value, 4));
        }

        Assert.Equal("tda attribute --index i", (string)run.Manifest.Details["command_line"]!);
        Assert.StartsWith("uncalibrated", (string)run.Manifest.Details["unit"]!, StringComparison.Ordinal);
    }

    private AttributeOptions Options(string run) => new()
    {
        Home = trained.Home.Home,
        Index = "i",
        Queries = [trained.Known, trained.Strange],
        Run = run,
    };
}
