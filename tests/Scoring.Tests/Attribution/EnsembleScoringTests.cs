using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Attribution;

public class EnsembleScoringTests
{
    private readonly MemoryRows _documents = Rows.Random(5);
    private readonly MemoryRows _queries = Rows.Random(2, seed: 77);

    [Fact]
    public void Run_ThreeModels_AveragesScoresAndReportsTheirSpread()
    {
        using var scope = NewDisposeScope();
        var single = Score("ekfac", [new(seed: 1), new(seed: 2), new(seed: 3)], _documents, _queries, Runs.Each(_queries));
        var spread = EnsembleSpread.Of(single);
        for (var q = 0; q < 2; q++)
        {
            for (var d = 0; d < 5; d++)
            {
                var x = single.Select(s => (double)s[q, d]).ToArray();
                var deviation = Math.Sqrt(x.Sum(v => (v - x.Average()) * (v - x.Average())) / 2);
                Assert.Equal(x.Average(), spread.Mean[q, d], 4);
                Assert.Equal(deviation, spread.Deviation[q, d], 4);
                Assert.Equal(x.Average() - 4.3027 * deviation / Math.Sqrt(3), spread.Lower[q, d], 3);
                Assert.Equal(x.Average() + 4.3027 * deviation / Math.Sqrt(3), spread.Upper[q, d], 3);
            }
        }
    }

    [Fact]
    public void Run_MemberSetsADocumentApart_IsNaNInTheMeanAndNamedOnce()
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2), new(seed: 3)];
        foreach (var m in models.Skip(1))
        {
            m.Embedding.select(0, 6).fill_(double.NaN);
        }

        var rows = MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2], [0, 6, 2]]);
        var excluded = new List<ExcludedDocument>();
        var mean = EnsembleSpread.Of(Score("grad-dot", models, rows, MemoryRows.FromTokens(["q"], [[0, 1, 2]]), [new("q", [0])], excluded)).Mean;
        Assert.True(float.IsFinite(mean[0, 0]) && float.IsNaN(mean[0, 1]));
        Assert.Equal(["bad"], excluded.Select(e => e.Id));
    }

    [Fact]
    public void Run_MemberSetsAQueryApart_IsLeftOutByAll()
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2)];
        models[1].Embedding.select(0, 6).fill_(double.NaN);
        var asked = MemoryRows.FromTokens(["well", "ill"], [[0, 1, 2], [0, 6, 1]]);
        var excluded = new List<ExcludedDocument>();
        var both = Score("grad-dot", models, _documents, asked, [new("both", [0, 1])], excluded);
        var without = Score("grad-dot", models, _documents, asked, [new("well", [0])]);
        for (var m = 0; m < 2; m++)
        {
            Assert.Equal(Runs.Row(without[m], 0), Runs.Row(both[m], 0));
        }

        Assert.Equal(["ill"], excluded.Where(e => e.Stage == "query").Select(e => e.Id));
    }

    [Fact]
    public void Run_PassThatIsNotUsed_IsDisposedOf()
    {
        var made = new List<Held>();
        var scores = EnsembleScoring.Run<Held>(
            2,
            (leftOut, excluded) =>
            {
                if (leftOut.Count == 0)
                {
                    excluded(new ExcludedDocument("q", "query", "for once"));
                }

                Held[] own = [new(), new()];
                made.AddRange(own);
                return own;
            },
            _ => { });
        Assert.Equal([true, true, false, false], made.Select(m => m.Gone));
        Assert.Equal(made.Skip(2), scores);
    }

    [Fact]
    public void Run_OneMember_IsOnePass()
    {
        var passes = 0;
        EnsembleScoring.Run<int>(1, (_, excluded) =>
        {
            excluded(new ExcludedDocument("q", "query", "not finite"));
            return [++passes];
        }, _ => { });
        Assert.Equal(1, passes);
        Assert.Throws<ArgumentOutOfRangeException>(() => EnsembleScoring.Run<int>(0, (_, _) => [], _ => { }));
    }

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(30, 2.0423)]
    [InlineData(31, 2.0395)]
    [InlineData(60, 2.0003)]
    [InlineData(1000, 1.9623)]
    public void Quantile_KnownValues_AreThoseOfTheTables(int freedom, double expected) =>
        Assert.Equal(expected, EnsembleSpread.Quantile(freedom), 3);

    private static IReadOnlyList<ScoreMatrix> Score(
        string method, TinyModel[] models, MemoryRows rows, MemoryRows asked, Target[] targets, List<ExcludedDocument>? excluded = null) =>
        EnsembleScoring.Run<ScoreMatrix>(
            models.Length,
            (leftOut, name) => [.. models.Select(m =>
            {
                var context = new InfluenceContext { Capture = new GradientCapture(m), Documents = rows };
                using var influence = AttributionMethods.Create(method, context, new MethodOptions(), NullProgress.Instance, default);
                return influence.Score(
                    rows, asked, EnsembleScoring.Without(targets, asked.IdOf, leftOut), Normalisation.None, name, NullProgress.Instance, default);
            })],
            e => excluded?.Add(e));

    private sealed class Held : IDisposable
    {
        public bool Gone { get; private set; }

        public void Dispose() => Gone = true;
    }
}
