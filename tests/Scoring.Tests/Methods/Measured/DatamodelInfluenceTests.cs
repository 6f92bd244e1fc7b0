using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods.Measured;

/// <summary>The method in memory: a bank whose losses are what grad-dot says, and more.</summary>
public class DatamodelInfluenceTests
{
    private static readonly MemoryRows Documents = Rows.Random(16);
    private static readonly MemoryRows Queries = Rows.Random(3, seed: 8);
    private static readonly Target[] Each = Runs.Each(Queries);

    [Theory]
    [InlineData(DatamodelFit.Posterior)]
    [InlineData(DatamodelFit.Ridge)]
    [InlineData(DatamodelFit.Lasso)]
    public void Score_MeasuredWithoutMuchNoise_IsWhatTheDocumentsDo(DatamodelFit fit)
    {
        var (context, effects) = World(noise: .05);
        var scores = Score(context, new DatamodelOptions { Fit = fit, Priors = ["grad-dot"] }, Each);
        for (var q = 0; q < 3; q++)
        {
            Assert.True(Correlation.Pearson(Runs.Row(scores, q), [.. effects[q].Select(e => -e)]) > .99, $"{fit}, query {q}");
        }
    }

    [Fact]
    public void Score_BankInAnotherOrder_IsTheSame()
    {
        var (context, _) = World();
        var bank = context.Outcomes!;
        var (documents, queries) = (SplitMix64.Of(1).Permutation(16), SplitMix64.Of(2).Permutation(3));
        var turned = new RetrainingOutcomes(
            [.. documents.Select(d => bank.Documents[d])], [.. queries.Select(q => bank.Queries[q])],
            [.. bank.Kept.Select(k => documents.Select(d => k[d]).ToArray())],
            [.. bank.Losses.Select(s => s.Select(l => queries.Select(q => l[q]).ToArray()).ToArray())]);
        foreach (var fit in Enum.GetValues<DatamodelFit>())
        {
            var options = new DatamodelOptions { Fit = fit, Priors = ["grad-dot"] };
            var (expected, actual) = (Score(context, options, Each), Score(context with { Outcomes = turned }, options, Each));
            for (var q = 0; q < 3; q++)
            {
                Numbers.Close(Runs.Row(expected, q), Runs.Row(actual, q), 1e-5, $"{fit}");
            }
        }
    }

    [Fact]
    public void Score_TargetOfSeveralQueries_IsFittedOnTheirMeanLoss()
    {
        var (context, effects) = World(noise: .05);
        var scores = Score(context, new DatamodelOptions { Priors = [] }, [new Target("both", [0, 2])]);
        Assert.True(Correlation.Pearson(Runs.Row(scores, 0), [.. effects[0].Zip(effects[2], (a, b) => -(a + b) / 2)]) > .99);
    }

    [Fact]
    public void Score_Posterior_HasHalfWidthsAndFacts()
    {
        var (context, _) = World();
        using var influence = AttributionMethods.Create(
            "datamodel", context, new MethodOptions { Datamodel = new DatamodelOptions { Priors = ["grad-dot", "hidden-cosine"] } }, NullProgress.Instance, default);
        Assert.Null(influence.HalfWidths);
        Runs.Score(influence, Documents, Queries, Each);
        Assert.All(influence.HalfWidths!.Row(1).ToArray(), w => Assert.True(w > 0));
        var facts = Assert.IsType<DatamodelFacts>(influence.Facts);
        Assert.Equal((40, 8.0, .95), (facts.Subsets, facts.DocumentsKept, facts.Level));
        Assert.True(facts.Priors!["grad-dot"] > .3, "the losses were made of grad-dot");
        Assert.Equal(["grad-dot", "hidden-cosine"], facts.Priors.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Score_ByGroups_GroupShareFollowsTheEvidence()
    {
        var (context, _) = World();
        string[] sources = [.. Enumerable.Range(0, 16).Select(d => $"s{d / 4}")];
        using var influence = AttributionMethods.Create(
            "datamodel", context with { Sources = sources }, new MethodOptions { Datamodel = new DatamodelOptions { Groups = "source" } }, NullProgress.Instance, default);
        Runs.Score(influence, Documents, Queries, Each);
        var facts = Assert.IsType<DatamodelFacts>(influence.Facts);
        Assert.Equal(4, facts.Groups);
        Assert.NotNull(facts.GroupShare);

        // With one effect a group, all of its documents score alike.
        var ridge = Score(context with { Sources = sources }, new DatamodelOptions { Groups = "source", Fit = DatamodelFit.Ridge }, Each);
        Assert.Equal(ridge[0, 4], ridge[0, 7], 5);
        Assert.NotEqual(ridge[0, 4], ridge[0, 8]);
    }

    [Fact]
    public void Score_LossThatNeverChanges_SetsTheQueryApart()
    {
        var (context, _) = World();
        foreach (var losses in context.Outcomes!.Losses.SelectMany(s => s))
        {
            losses[1] = 5;
        }
        var excluded = new List<ExcludedDocument>();
        Score(context, new DatamodelOptions(), Each, excluded);
        var apart = Assert.Single(excluded);
        Assert.Equal((Queries.IdOf(1), "query"), (apart.Id, apart.Stage));
    }

    [Fact]
    public void Score_WhatCannotBeFitted_IsRefusedWithTheReason()
    {
        var (context, _) = World();
        var bank = context.Outcomes!;
        Assert.Contains("40 subsets can't tell 41 groups apart: train 2 more", Refused(World(documents: 41), new DatamodelOptions { Groups = "source", Priors = [] }));
        Assert.Contains("at least 8", Refused((context with { Outcomes = bank with { Kept = [.. bank.Kept.Take(7)], Losses = [.. bank.Losses.Take(7)] } }, []), new()));
        Assert.Contains("lacks document doc-3", Refused((context with { Outcomes = bank with { Documents = [.. bank.Documents.Select(d => d == "doc-3" ? "other" : d)] } }, []), new()));
        Assert.Contains("'doc-2'", Refused((context with { Outcomes = bank with { Queries = ["doc-0", "doc-1", "other"] } }, []), new()));
        Assert.Contains("needs measured losses", Refused((context with { Outcomes = null }, []), new()));
        Assert.Contains("--normalisation none", Assert.ThrowsAny<TdaException>(() =>
            Runs.Score("datamodel", context, new MethodOptions(), Queries, Each, normalisation: Normalisation.RelatIf)).Message);
        Assert.Contains("can't be itself", Refused((context, []), new DatamodelOptions { Priors = ["datamodel"] }));
    }

    private static string Refused((InfluenceContext Context, double[][] Effects) world, DatamodelOptions options) =>
        Assert.ThrowsAny<TdaException>(() => Score(world.Context, options, Each)).Message;

    private static ScoreMatrix Score(InfluenceContext context, DatamodelOptions options, Target[] targets, List<ExcludedDocument>? excluded = null) =>
        Runs.Score("datamodel", context, new MethodOptions { Datamodel = options }, Queries, targets, excluded);

    private static (InfluenceContext Context, double[][] Effects) World(double noise = .5, int documents = 16)
    {
        var rows = documents == 16 ? Documents : Rows.Random(documents);
        var context = new InfluenceContext
        {
            Capture = new GradientCapture(new TinyModel()),
            Documents = rows,
            Sources = [.. Enumerable.Range(0, documents).Select(d => $"source {d}")],
        };
        var said = Runs.Score("grad-dot", context, new MethodOptions(), Queries, Each);
        var random = SplitMix64.Of(4);
        double[][] effects = [.. Enumerable.Range(0, 3).Select(q =>
        {
            var row = Runs.Row(said, q);
            var size = Math.Sqrt(row.Average(s => s * s));
            return row.Select(s => -s / size + .5 * random.NextNormal()).ToArray();
        })];
        bool[][] kept = [.. Enumerable.Range(0, 40).Select(m => BankPlan.Half(documents, 3, m))];
        double[][][] losses = [.. kept.Select(k => (double[][])[[.. effects.Select(e => SimulatedWorld.Loss(e, k) + noise * random.NextNormal())]])];
        var bank = new RetrainingOutcomes([.. Enumerable.Range(0, documents).Select(rows.IdOf)], [.. Each.Select(t => t.Id)], kept, losses);
        return (context with { Outcomes = bank }, effects);
    }
}
