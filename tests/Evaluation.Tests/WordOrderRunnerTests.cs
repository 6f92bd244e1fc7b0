using Tda.Core.Queries;
using Tda.Evaluation.Classes;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Indexing;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;
using Tda.Scoring.Tests.Reference;

namespace Tda.Evaluation.Tests;

public sealed class WordOrderRunnerTests : IDisposable
{
    private readonly TestHome home = new();
    private readonly ScoringSession session;

    public WordOrderRunnerTests()
    {
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        session = ScoringSession.Open(home.Home, "i", 64, NullProgress.Instance, default);
    }

    public void Dispose()
    {
        session.Dispose();
        home.Dispose();
    }

    [Fact]
    public void Run_EkfacIndex_ScoresTheTextAndItsFlipWithTheIndexesFactors()
    {
        var probe = new WordOrderCase("p", "the cat asks for money", "the cat", "money", "who? ", "the cat");
        var result = Assert.Single(WordOrderRunner.Run(session, "ekfac", new MethodOptions(), [probe], NullProgress.Instance, default));

        // Reference: both texts as rows of their own, scored by the scorer that the index's run uses.
        using var factors = session.Index.Factors();
        using var scorer = new LinearInfluence(
            "ekfac", session.Capture, session.Rows.RowCount,
            new EkfacPreconditioner(factors, new Damping(.1), session.Capture.Model.DType, session.Capture.Model.Device), new MethodOptions());
        int[] Tokens(string text) => [home.Tokenizer.BosId, .. home.Tokenizer.Encode(text), home.Tokenizer.EosId];
        var documents = MemoryRows.FromTokens(["a", "b"], [Tokens("the cat asks for money"), Tokens("money asks for the cat")]);
        var query = new QueryEncoder(home.Tokenizer, session.Capture.Model.MaxPositions).Rows([new Query("p", "who? ", "the cat")], NullProgress.Instance);
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
        var message = Assert.Throws<UsageException>(() => WordOrderRunner.Run(session, "grad-dot", new MethodOptions(), cases, NullProgress.Instance, default)).Message;
        Assert.Contains("2 can't be probed", message);
        Assert.Contains("'lacks'", message);
        Assert.Contains("'long'", message);
        Assert.DoesNotContain("'good'", message);
        Assert.Contains("by construction", Assert.Throws<UsageException>(() => WordOrderRunner.Run(session, "fused", new MethodOptions(), cases, NullProgress.Instance, default)).Message);
    }
}
