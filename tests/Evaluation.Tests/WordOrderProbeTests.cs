using Tda.Evaluation.Classes;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.InfluenceFunctions;
using Tda.Scoring.Tests.Reference;

namespace Tda.Evaluation.Tests;

public sealed class WordOrderProbeTests : IDisposable
{
    private readonly TestHome _home = new();
    private readonly ScoringSession _session;

    public WordOrderProbeTests()
    {
        Indexer.Run(_home.Index(), NullProgress.Instance, _home.Time);
        _session = ScoringSession.Open(_home.Home, "i", 64, NullProgress.Instance, default);
    }

    public void Dispose()
    {
        _session.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void Run_EkfacIndex_ScoresTheTextAndItsFlipWithTheIndexesFactors()
    {
        var probe = new WordOrderCase("p", "the cat asks for money", "the cat", "money", "who? ", "the cat");
        var result = Assert.Single(WordOrderProbe.Run(_session, "ekfac", new MethodOptions(), [probe], NullProgress.Instance, default));

        // Reference: both texts as rows of their own, scored by the scorer that the index's run uses.
        using var factors = _session.Index.Factors();
        using var scorer = new LinearInfluence(
            "ekfac", _session.Capture, _session.Rows.RowCount,
            new EkfacPreconditioner(factors, new Damping(.1), _session.Capture.Model.DType, _session.Capture.Model.Device), new MethodOptions());
        int[] Tokens(string text) => [_home.Tokenizer.BosId, .. _home.Tokenizer.Encode(text), _home.Tokenizer.EosId];
        var documents = MemoryRows.FromTokens(["a", "b"], [Tokens("the cat asks for money"), Tokens("money asks for the cat")]);
        var query = new QueryEncoder(_home.Tokenizer, _session.Capture.Model.MaxPositions).Rows([new Query("p", "who? ", "the cat")], NullProgress.Instance);
        var scores = Runs.Score(scorer, documents, query, [new Target("p", [0])]);
        Assert.Equal("p", result.Query);
        Assert.Equal(scores[0, 0], result.Original, Math.Abs(scores[0, 0]) * 1e-4);
        Assert.Equal(scores[0, 1], result.Flipped, Math.Abs(scores[0, 0]) * 1e-4);
    }

    [Fact]
    public void Run_TextsThatCannotBeProbed_NamesAllOfThem()
    {
        WordOrderCase[] cases =
        [
            new("good", "the cat sleeps", "the cat", "sleeps", "", "cat"),
            new("lacks", "the cat sleeps", "the cat", "a dog", "", "cat"),
            new("long", string.Join(" ", Enumerable.Repeat("the cat sleeps on the mat", 9)), "cat", "mat", "", "cat"),
        ];
        var message = Assert.Throws<UsageException>(() => WordOrderProbe.Run(_session, "grad-dot", new MethodOptions(), cases, NullProgress.Instance, default)).Message;
        Assert.Contains("2 can't be probed", message);
        Assert.Contains("'lacks'", message);
        Assert.Contains("'long'", message);
        Assert.DoesNotContain("'good'", message);
        Assert.Contains("counts words", Assert.Throws<UsageException>(() => WordOrderProbe.Run(_session, "fused", new MethodOptions(), cases, NullProgress.Instance, default)).Message);
    }
}
