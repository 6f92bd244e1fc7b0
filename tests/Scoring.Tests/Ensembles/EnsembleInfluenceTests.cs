using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Ensembles;
using Tda.Scoring.Indexing;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Ensembles;

public class EnsembleInfluenceTests
{
    private readonly MemoryRows documents = Rows.Random(5);
    private readonly MemoryRows queries = Rows.Random(2, seed: 77);

    private InfluenceContext Context(int seed) => new() { Capture = new GradientCapture(new TinyModel(seed: seed)), Documents = documents };

    [Fact]
    public void ScoreWithSpread_ThreeModels_AveragesScoresAndReportsTheirSpread()
    {
        using var scope = NewDisposeScope();
        using var ensemble = EnsembleInfluence.Create(
            "ekfac", [Context(1), Context(2), Context(3)], new MethodOptions(), NullProgress.Instance, default);
        var spread = ensemble.ScoreWithSpread(
            documents, queries, Runs.Each(queries), Normalisation.None, _ => { }, NullProgress.Instance, default);
        var single = Enumerable.Range(1, 3).Select(
            s => Runs.Score("ekfac", Context(s), new MethodOptions(), queries, Runs.Each(queries))).ToArray();
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
    public void Score_MemberSetsADocumentApart_IsNaNAndNamedOnce()
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2), new(seed: 3)];
        foreach (var m in models.Skip(1)) m.Embedding.select(0, 6).fill_(double.NaN);
        var rows = MemoryRows.FromTokens(["good", "bad"], [[0, 1, 2], [0, 6, 2]]);
        InfluenceContext[] contexts = [.. models.Select(m => new InfluenceContext { Capture = new GradientCapture(m), Documents = rows })];
        using var ensemble = EnsembleInfluence.Create("grad-dot", contexts, new MethodOptions(), NullProgress.Instance, default);
        var excluded = new List<ExcludedDocument>();
        var scores = Runs.Score(ensemble, rows, MemoryRows.FromTokens(["q"], [[0, 1, 2]]), [new("q", [0])], excluded);
        Assert.True(float.IsFinite(scores[0, 0]) && float.IsNaN(scores[0, 1]));
        Assert.Equal(["bad"], excluded.Select(e => e.Id));
    }

    [Fact]
    public void Score_MemberSetsAQueryApart_IsLeftOutByAll()
    {
        using var scope = NewDisposeScope();
        TinyModel[] models = [new(seed: 1), new(seed: 2)];
        models[1].Embedding.select(0, 6).fill_(double.NaN);
        InfluenceContext[] contexts = [.. models.Select(
            m => new InfluenceContext { Capture = new GradientCapture(m), Documents = documents })];
        var asked = MemoryRows.FromTokens(["well", "ill"], [[0, 1, 2], [0, 6, 1]]);
        using var ensemble = EnsembleInfluence.Create("grad-dot", contexts, new MethodOptions(), NullProgress.Instance, default);
        var excluded = new List<ExcludedDocument>();
        var both = Runs.Score(ensemble, documents, asked, [new("both", [0, 1])], excluded);
        Assert.Equal(Runs.Row(Runs.Score(ensemble, documents, asked, [new("well", [0])]), 0), Runs.Row(both, 0));
        Assert.Equal(["ill"], excluded.Where(e => e.Stage == "query").Select(e => e.Id));
    }

    [Fact]
    public void Create_OtherDocuments_IsRefusedByName()
    {
        var other = MemoryRows.FromTokens(
            [.. Enumerable.Range(0, 5).Select(i => i == 3 ? "another" : $"doc-{i}")],
            [.. Enumerable.Range(0, 5).Select(_ => new[] { 0, 1, 2 })]);
        var error = Assert.Throws<UsageException>(() => EnsembleInfluence.Create(
            "grad-dot", [Context(1), Context(2) with { Documents = other }], new MethodOptions(), NullProgress.Instance, default));
        Assert.Contains("another", error.Message);
    }

    [Fact]
    public void Score_OwnRowsOfEachMember_AreUsedAndMustMatchById()
    {
        using var scope = NewDisposeScope();
        var renamed = MemoryRows.FromTokens(["q0", "q1"], [[0, 1, 2], [0, 3, 4]]);
        var others = MemoryRows.FromTokens([.. Enumerable.Range(0, 2).Select(queries.IdOf)], [[0, 1, 2], [0, 3, 4]]);
        IInfluence Member(int seed) =>
            InfluenceMethods.Create("grad-dot", Context(seed), new MethodOptions(), NullProgress.Instance, default);
        using var ensemble = new EnsembleInfluence([Member(1), Member(2)], [(documents, queries), (documents, others)]);
        var mean = Runs.Score(ensemble, documents, queries, Runs.Each(queries));
        var first = Runs.Score("grad-dot", Context(1), new MethodOptions(), queries, Runs.Each(queries));
        var second = Runs.Score("grad-dot", Context(2), new MethodOptions(), others, Runs.Each(others));
        Numbers.Close(
            [.. Runs.Row(first, 1).Zip(Runs.Row(second, 1), (x, y) => (x + y) / 2)], Runs.Row(mean, 1), 1e-6, "each reads its own rows");
        using var wrong = new EnsembleInfluence([Member(1), Member(2)], [(documents, queries), (documents, renamed)]);
        Assert.Throws<UsageException>(() => Runs.Score(wrong, documents, queries, Runs.Each(queries)));
    }

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(30, 2.0423)]
    [InlineData(31, 2.0395)]
    [InlineData(60, 2.0003)]
    [InlineData(1000, 1.9623)]
    public void Quantile_KnownValues_AreThoseOfTheTables(int freedom, double expected) =>
        Assert.Equal(expected, EnsembleSpread.Quantile(freedom), 3);
}
