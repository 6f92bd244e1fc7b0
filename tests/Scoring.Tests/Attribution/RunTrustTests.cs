using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Trust;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

public class RunTrustTests(TrainedHome trained) : IClassFixture<TrainedHome>
{
    [Fact]
    public void Run_Checked_FindsDocumentsByTheirOwnWords()
    {
        var result = Attributor.Run(Options("checked"), NullProgress.Instance, trained.Home.Time);
        var trust = result.Trust!;
        Assert.True(trust.Retrieval!.IsBetterThanChance, trust.Summary);
        Assert.True(trust.Retrieval.RecallAt1 > .5, trust.Summary);
        Assert.Equal((16, 48), (trust.Retrieval.Planted, trust.Retrieval.Candidates));
        Assert.Null(trust.Agreement); // one surrogate, and EK-FAC draws nothing that could be drawn again
        Assert.Null(trust.Hubs); // one answer
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal(trust.Summary, (string)run.Manifest.Details["trust"]!["summary"]!);
    }

    [Fact]
    public void Run_Checked_ScoresAreThoseOfARunWithoutChecks()
    {
        using var with = ScoreRun.Open(Attributor.Run(Options("with"), NullProgress.Instance, trained.Home.Time).Directory);
        using var without = ScoreRun.Open(Attributor.Run(Options("without") with { Checks = false }, NullProgress.Instance, trained.Home.Time).Directory);
        Assert.Equal(without.Scores.ToArray(), with.Scores.ToArray());
        Assert.Null(without.Manifest.Details["trust"]);
    }

    [Fact]
    public void Run_RandomScores_AreNoBetterThanChance()
    {
        var trust = Attributor.Run(Options("random") with { Method = "random" }, NullProgress.Instance, trained.Home.Time).Trust!;
        Assert.False(trust.Retrieval!.IsBetterThanChance, trust.Summary);
        Assert.Contains(trust.Warnings, w => w.Contains("no more often than chance"));
    }

    [Fact]
    public void Run_ProjectionOfLowRank_AgreesLessWithAnotherSeedThanOneOfHighRank()
    {
        double Agreement(int rank)
        {
            Indexer.Run(trained.Home.Index($"rank-{rank}") with { Method = IndexMethod.Logra, Rank = rank }, NullProgress.Instance, trained.Home.Time);
            return Attributor.Run(Options($"run-{rank}") with { Index = $"rank-{rank}", Method = "logra" }, NullProgress.Instance, trained.Home.Time).Trust!.Agreement!.Value;
        }

        var (low, high) = (Agreement(2), Agreement(16));
        Assert.True(low < high, $"{low:f3} and {high:f3}");
    }

    [Fact]
    public void Run_Ensemble_AgreementIsThatOfTwoSuchEnsembles()
    {
        using var home = new TestHome();
        home.WriteSurrogate("s", ProxyTrainer.Models.ModelFamily.Llama, home.Tokenizer, seed: 4, member: 1);
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var options = Options("r") with { Home = home.Home, Queries = home.Queries(), Ensemble = 0, Method = "grad-dot", MinFidelity = -1000 };
        var agreement = Attributor.Run(options, NullProgress.Instance, home.Time).Trust!.Agreement!;
        ScoreMatrix[] members = [.. Enumerable.Range(0, 2).Select(m =>
        {
            home.WriteSurrogate($"s{m}", ProxyTrainer.Models.ModelFamily.Llama, home.Tokenizer, seed: 3 + m);
            Indexer.Run(home.Index($"i{m}") with { Surrogate = $"s{m}" }, NullProgress.Instance, home.Time);
            using var run = ScoreRun.Open(Attributor.Run(options with { Index = $"i{m}", Run = $"r{m}", Ensemble = null }, NullProgress.Instance, home.Time).Directory);
            var matrix = new ScoreMatrix(3, run.Rows.Count);
            for (var q = 0; q < 3; q++)
            {
                run.Scores.Row(q).CopyTo(matrix.Row(q));
            }
            return matrix;
        })];
        Assert.Equal(SplitHalf.Of(members).Reliability, agreement.Value, 6);
    }

    /* Four answers over 20 documents: document 3 is among the first two of all, document 5 of two. */
    [Fact]
    public void Hubs_ByHand_AreThoseAmongTheFirstOfHalfTheAnswers()
    {
        var scores = new ScoreMatrix(4, 20);
        for (var t = 0; t < 4; t++)
        {
            scores[t, 3] = 9;
            scores[t, t < 2 ? 5 : 10 + t] = 8;
        }
        var hubs = HubDocuments.Of(scores, 4, d => $"d{d:D2}", top: 2)!;
        Assert.Equal([new HubDocument("d03", 1), new HubDocument("d05", .5)], hubs.Hubs);
        Assert.Equal((1, .1), (hubs.LargestShare, hubs.Chance));
        Assert.Null(HubDocuments.Of(scores, 3, d => $"d{d}", top: 2));
    }

    /* Rows that are one row times a factor have one singular value; orthogonal ones of one length have equal ones. */
    [Fact]
    public void FirstSingularShare_ByHand()
    {
        var (same, apart) = (new ScoreMatrix(4, 8), new ScoreMatrix(4, 8));
        for (var t = 0; t < 4; t++)
        {
            for (var d = 0; d < 8; d++)
            {
                same[t, d] = (t + 1) * d;
            }
            (apart[t, 2 * t], apart[t, 2 * t + 1]) = (1, -1);
        }
        Assert.Equal(1, HubDocuments.Of(same, 4, d => $"{d}", top: 2)!.FirstSingularShare!.Value, 9);
        Assert.Equal(.25, HubDocuments.Of(apart, 4, d => $"{d}", top: 2)!.FirstSingularShare!.Value, 9);
    }

    [Theory]
    [InlineData(.43, "mostly chance")]
    [InlineData(.7, "unsure")]
    [InlineData(.9, null)]
    public void Warnings_Agreement_FollowsTheThresholds(double agreement, string? warning)
    {
        var warnings = new RunTrust { Agreement = new SelfAgreement(agreement, "under another projection's seed", 256) }.Warnings;
        if (warning is null)
        {
            Assert.Empty(warnings);
        }
        else
        {
            Assert.Contains(warning, Assert.Single(warnings));
        }
    }

    /* 10 of 256 by chance is .039 a document: of 16, one hit has probability .47, four .003. */
    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public void IsBetterThanChance_Binomial(int found, bool better) => Assert.Equal(better, new SelfRetrieval(16, 256, 0, found).IsBetterThanChance);

    private AttributeOptions Options(string run) => new()
    {
        Home = trained.Home.Home,
        Index = "i",
        Run = run,
        Queries = [trained.Known],
        BatchTokens = 512,
        Checks = true,
    };
}
