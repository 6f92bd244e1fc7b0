using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Runs;
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
        var mean = EnsembleSpread.Mean(single);
        for (var q = 0; q < 2; q++)
        {
            for (var d = 0; d < 5; d++)
            {
                var x = single.Select(s => (double)s[q, d]).ToArray();
                var deviation = Math.Sqrt(x.Sum(v => (v - x.Average()) * (v - x.Average())) / 2);
                var spread = EnsembleSpread.Of([.. single.Select(s => s[q, d])]);
                Assert.Equal(x.Average(), mean[q, d], 4);
                Assert.Equal(deviation, spread.Deviation, 4);
                Assert.Equal(x.Average() - 4.302653 * deviation / Math.Sqrt(3), spread.Interval.Low, 3);
                Assert.Equal(x.Average() + 4.302653 * deviation / Math.Sqrt(3), spread.Interval.High, 3);
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
        var mean = EnsembleSpread.Mean(Score("grad-dot", models, rows, MemoryRows.FromTokens(["q"], [[0, 1, 2]]), [new("q", [0])], excluded));
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
    public void Clear_ScoresOfAPassThatIsNotUsed_AreDisposedOf()
    {
        var made = new List<Held>();
        using var scores = new AveragedScores(difference: false);
        EnsembleScoring.Run(
            2,
            (leftOut, excluded) =>
            {
                scores.Clear();
                if (leftOut.Count == 0)
                {
                    excluded(new ExcludedDocument("q", "query", "for once"));
                }

                for (var member = 0; member < 2; member++)
                {
                    made.Add(new Held());
                    scores.Add(made[^1]);
                }
            },
            _ => { });
        Assert.Equal([true, true, false, false], made.Select(m => m.Gone));
        Assert.Equal(2, scores.Count);
    }

    [Fact]
    public void Run_OneMember_IsOnePass()
    {
        var passes = 0;
        EnsembleScoring.Run(1, (_, excluded) =>
        {
            excluded(new ExcludedDocument("q", "query", "not finite"));
            passes++;
        }, _ => { });
        Assert.Equal(1, passes);
    }

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(30, 2.0423)]
    [InlineData(31, 2.0396)]
    [InlineData(60, 2.0003)]
    [InlineData(1000, 1.9623)]
    public void Quantile_KnownValues_AreThoseOfTheTables(int freedom, double expected) =>
        Assert.Equal(expected, EnsembleSpread.Quantile(freedom), 3);

    private static IReadOnlyList<ScoreMatrix> Score(
        string method, TinyModel[] models, MemoryRows rows, MemoryRows asked, Target[] targets, List<ExcludedDocument>? excluded = null)
    {
        ScoreMatrix[] scores = [];
        EnsembleScoring.Run(
            models.Length,
            (leftOut, name) => scores = [.. models.Select(m =>
            {
                var context = new InfluenceContext { Capture = new GradientCapture(m), Documents = rows };
                using var influence = AttributionMethods.Create(method, context, new MethodOptions(), NullProgress.Instance, default);
                return influence.Score(
                    rows, asked, EnsembleScoring.Without(targets, asked.IdOf, leftOut), Normalisation.None, name, NullProgress.Instance, default);
            })],
            e => excluded?.Add(e));
        return scores;
    }

    private sealed class Held : IScoreRows, IDisposable
    {
        public bool Gone { get; private set; }

        public int Targets => 0;

        public int Documents => 0;

        public ReadOnlySpan<float> Row(int target) => [];

        public void Dispose() => Gone = true;
    }
}
