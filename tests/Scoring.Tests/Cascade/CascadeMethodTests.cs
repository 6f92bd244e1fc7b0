using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Scoring.Cascade;
using Tda.Scoring.Indexing;
using Tda.Scoring.Lexical;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Cascade;

public sealed class CascadeMethodTests : IDisposable
{
    private readonly TestHome home = new();

    public CascadeMethodTests()
    {
        Indexer.Run(home.Index("lg") with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        Indexer.Run(home.Index("ek"), NullProgress.Instance, home.Time);
    }

    public void Dispose() => home.Dispose();

    [Fact]
    public void Score_NothingDropped_IsTheLastMethodsScores()
    {
        using var session = Open("lg");
        using var method = new CascadeMethod(session, new MethodOptions { Cascade = new() { Factors = "ek" } });
        var scores = Score(method, out var excluded);
        using var plain = Open("ek");
        using var ekfac = AttributionMethods.Open("ekfac", plain, new MethodOptions());
        var expected = Score(ekfac, out _);
        Assert.Empty(excluded);
        for (var d = 0; d < 24; d++) Assert.Equal(expected[1, d], scores[1, d], Math.Abs(expected[1, d]) * 1e-4f + 1e-5f);
        Assert.Equal([1.0, 1.0], method.Stages.SkipLast(1).Select(s => s.Recall!.Value));
    }

    [Fact]
    public void Score_FewKept_NamesTheDroppedAndReportsTheRecallOfEachStage()
    {
        using var session = Open("lg");
        using var method = new CascadeMethod(session, new MethodOptions { Cascade = new() { Factors = "ek", LexicalKeep = 8, IndexKeep = 3, RecallTop = 4, Sample = 100 } });
        var scores = Score(method, out var excluded);

        int[] left = [.. Enumerable.Range(0, 24).Where(d => !float.IsNaN(scores[0, d]))];
        Assert.InRange(left.Length, 3, 9);
        Assert.Equal(24, left.Length + excluded.Select(e => e.Id).Distinct().Count());
        Assert.All(excluded, e => Assert.Equal("cascade", e.Stage));

        // The sample is everyone else, so both recalls are exact: counted here by hand for the index's.
        using var all = new CascadeMethod(session, new MethodOptions { Cascade = new() { Factors = "ek" } });
        var full = Score(all, out _);
        var second = method.Stages[1];
        Assert.Equal(("logra", true), (second.Name, second.Recall!.Exact));
        using var logra = LograMethod.Open(session, new MethodOptions());
        var (indexed, words) = (Score(logra, out _), method.Stages[0]);
        Assert.InRange(words.Kept, 8, 24);
        Assert.InRange(second.Recall.Value, 0, 1);
        double mean = 0;
        for (var t = 0; t < 3; t++)
        {
            // Of the documents that this target kept: its best three by the index among its best eight by words.
            var row = t;
            var best = Enumerable.Range(0, 24).OrderByDescending(d => full[row, d]).Take(4).ToHashSet();
            var kept = Kept(session, row, indexed);
            mean += kept.Count(best.Contains) / 4.0 / 3;
        }
        Assert.Equal(mean, second.Recall.Value, 1e-9);
    }

    [Fact]
    public void Open_FactorsOfAnotherSurrogate_IsRefused()
    {
        home.WriteSurrogate("other", ProxyTrainer.Models.ModelFamily.Llama, home.Tokenizer, seed: 8);
        Indexer.Run(home.Index("foreign") with { Surrogate = "other" }, NullProgress.Instance, home.Time);
        using var session = Open("lg");
        using var method = new CascadeMethod(session, new MethodOptions { Cascade = new() { Factors = "foreign" } });
        Assert.Contains("weights", Assert.Throws<BadInputException>(() => Score(method, out _)).Message);
    }

    private int[] Kept(ScoringSession session, int target, ScoreMatrix indexed)
    {
        var words = new Bm25(session.Corpus.Documents().Select(d => d.Text)).Score(home.Queries()[target].Completion);
        return [.. Enumerable.Range(0, 24).OrderByDescending(d => words[d]).ThenBy(d => d).Take(8)
            .OrderByDescending(d => indexed[target, d]).ThenBy(d => d).Take(3)];
    }

    private ScoringSession Open(string index) => ScoringSession.Open(home.Home, index, 64, NullProgress.Instance, default);

    private ScoreMatrix Score(IAttributionMethod method, out List<ExcludedDocument> excluded)
    {
        var named = excluded = [];
        return method.Score(QuerySet.Each(home.Queries()), Normalisation.None, named.Add, NullProgress.Instance, default);
    }
}
