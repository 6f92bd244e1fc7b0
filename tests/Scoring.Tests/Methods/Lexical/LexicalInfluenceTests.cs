using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class LexicalInfluenceTests
{
    private static readonly string[] Texts = ["the cat sat", "", "a dog", "... !"];
    private static readonly Query[] Queries = [new("q0", "dog", "the cat"), new("q1", "", "dog"), new("q2", "", "??"), new("q3", "", "cat dog") { Span = new TextSpan(4, 7) }];

    [Fact]
    public void Score_DocumentOrQueryWithoutWords_IsNamedNotZero()
    {
        var apart = new List<ExcludedDocument>();
        var scores = Score(apart, Normalisation.None);
        Assert.True(float.IsNaN(scores[0, 1]));
        Assert.True(float.IsNaN(scores[0, 3]));
        Assert.Equal(["q2", "d1", "d3"], apart.Select(e => e.Id));
        Assert.Equal(["query", "scores", "scores"], apart.Select(e => e.Stage));
    }

    [Fact]
    public void Score_Targets_AreMeansOfTheirQueriesWithWords()
    {
        var scores = Score([], Normalisation.None);
        var alone = new Bm25(Texts, new Bm25Options());
        Assert.Equal(alone.Score("the cat")[0], scores[0, 0], 6);
        Assert.Equal((alone.Score("the cat")[2] + alone.Score("dog")[2]) / 2, scores[1, 2], 6);
        // The span's words count, the prompt's and the rest of the completion's don't.
        Assert.Equal(0, scores[2, 0]);
        Assert.True(scores[2, 2] > 0);
    }

    [Fact]
    public void Score_Normalised_IsRefused() => Assert.Throws<UsageException>(() => Score([], Normalisation.RelatIf));

    private static ScoreMatrix Score(List<ExcludedDocument> apart, Normalisation normalisation)
    {
        using var influence = new LexicalInfluence("bm25", new Bm25(Texts, new Bm25Options()), Queries);
        var documents = MemoryRows.FromTokens(["d0", "d1", "d2", "d3"], [[0, 1], [0, 1], [0, 1], [0, 1]]);
        var queries = MemoryRows.FromTokens([.. Queries.Select(q => q.Id)], [[0, 1], [0, 1], [0, 1], [0, 1]]);
        return influence.Score(documents, queries, [new Target("a", [0]), new Target("mean", [0, 1, 2]), new Target("span", [3])], normalisation, apart.Add, NullProgress.Instance, default);
    }
}
