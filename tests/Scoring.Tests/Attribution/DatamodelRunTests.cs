using System.Text.Json.Nodes;
using Tda.Core.Arrays;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

/// <summary><c>attribute --method datamodel</c> over an index and banks on disk.</summary>
public sealed class DatamodelRunTests : IDisposable
{
    private readonly TestHome _home = new(documents: 24);

    public DatamodelRunTests() => Indexer.Run(_home.Index(), NullProgress.Instance, _home.Time);

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Run_Bank_WritesScoresIntervalsAndWhatTheyCameFrom()
    {
        var effects = Bank("b");
        var result = Attributor.Run(Options("r"), NullProgress.Instance, _home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal((1L, true), (run.Header.N, result.HasUnit));
        int[] places = [.. run.Rows.Select(r => _home.Texts.ToList().FindIndex(t => DocumentId.Of(t) == r.Id))];
        for (var q = 0; q < 3; q++)
        {
            var scores = run.Scores.Row(q).ToArray().Select(s => (double)s).ToArray();
            Assert.True(Correlation.Pearson(scores, [.. places.Select(d => -effects[q][d])]) > .9);
        }

        using var widths = NpyArray<float>.Open(Path.Combine(result.Directory, ScoreFormat.HalfWidths));
        Assert.Equal(run.Scores.Shape, widths.Shape);
        var first = run.Top().First();
        Assert.Equal(first.Score, first.Calibrated!.Nats, 5);
        Assert.Equal(2 * widths.Row(0)[run.Rows.ToList().FindIndex(r => r.Id == first.Id)], first.Calibrated.Interval.High - first.Calibrated.Interval.Low, 4);
        Assert.Null(first.UncalibratedNats);
        var facts = run.Manifest.Details["datamodel"]!;
        Assert.Equal((40, "posterior"), ((int)facts["subsets"]!, (string)facts["fit"]!));
    }

    [Fact]
    public void Run_SeveralBanks_AreReadAsOne()
    {
        Bank("whole", subsets: 40);
        Bank("first", subsets: 40, from: 0, to: 25);
        Bank("second", subsets: 40, from: 25, to: 40);
        Assert.Equal(Scores(Options("a", "whole")), Scores(Options("b", "first", "second")));
    }

    [Fact]
    public void Run_CorpusOrQueryOfTheBankChanged_IsRefused()
    {
        Bank("b");
        Bank("other", corpusHash: "0000");
        Assert.Contains("corpus has changed", Refused(Options("r", "other")));
        var asked = _home.Queries();
        Assert.Contains("'q1' had another text", Refused(Options("r") with { Queries = [asked[0], asked[1] with { Completion = " another answer" }] }));
        Assert.Contains("no measured loss of query 'new'", Refused(Options("r") with { Queries = [new Query("new", "", "the cat sleeps on the mat")] }));
        Assert.Contains("needs measured losses", Refused(Options("r") with { Options = new MethodOptions() }));
    }

    private string Refused(AttributeOptions options) => Assert.ThrowsAny<TdaException>(() => Attributor.Run(options, NullProgress.Instance, _home.Time)).Message;

    private float[] Scores(AttributeOptions options)
    {
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, _home.Time).Directory);
        return run.Scores.ToArray();
    }

    private AttributeOptions Options(string run, params string[] banks) => new()
    {
        Home = _home.Home,
        Index = "i",
        Run = run,
        Queries = _home.Queries(),
        Method = "datamodel",
        MinFidelity = -1000,
        BatchTokens = 64,
        Options = new MethodOptions { Datamodel = new DatamodelOptions { Banks = banks.Length == 0 ? ["b"] : banks, Priors = ["ekfac", "bm25"] } },
    };

    private double[][] Bank(string name, int subsets = 40, string? corpusHash = null, int from = 0, int? to = null)
    {
        var corpus = Corpus.Open(_home.Home.CorpusDirectory("c"));
        var queries = _home.Queries();
        var inputs = queries.ToDictionary(BankOutcomes.InputOf, BankOutcomes.HashOf);
        inputs["corpus c"] = corpusHash ?? corpus.ContentHash;
        var plan = BankPlan.HalfSubsets([.. corpus.Documents().Select(d => d.Id)], [.. queries.Select(q => q.Id)], subsets, 1);
        plan = plan with { Kept = [.. plan.Kept.Skip(from).Take((to ?? subsets) - from)] };
        Directory.CreateDirectory(Path.GetDirectoryName(_home.Home.BankDirectory(name))!);
        var bank = RetrainingBank.OpenOrCreate(_home.Home.BankDirectory(name), plan, "test", new JsonObject(), inputs, _home.Time);
        var random = SplitMix64.Of(6);
        double[][] effects = [.. queries.Select(_ => _home.Texts.Select(_ => random.NextNormal()).ToArray())];
        foreach (var retraining in plan.Retrainings)
        {
            var noise = SplitMix64.Of(retraining.Subset + from);
            bank.Record(retraining, [.. effects.Select(e => 50 + .2 * noise.NextNormal() + e.Where((_, d) => plan.Kept[retraining.Subset][d]).Sum())], 1);
        }
        return effects;
    }
}
