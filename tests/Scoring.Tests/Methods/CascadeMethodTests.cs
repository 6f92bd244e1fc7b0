using System.Text.Json.Nodes;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Methods;

public sealed class CascadeMethodTests : IDisposable
{
    private readonly TestHome _home = new();

    public CascadeMethodTests()
    {
        Indexer.Run(_home.Index("lg") with { Method = IndexMethod.Logra }, NullProgress.Instance, _home.Time);
        Indexer.Run(_home.Index("ek"), NullProgress.Instance, _home.Time);
    }

    public void Dispose() => _home.Dispose();

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
        for (var d = 0; d < 24; d++)
        {
            Assert.Equal(expected[1, d], scores[1, d], Math.Abs(expected[1, d]) * 1e-4f + 1e-5f);
        }

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
        using var logra = new LograMethod(session, new MethodOptions());
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
    public void Score_AstraLast_IsAstrasScoresOfTheSurvivors()
    {
        var options = new MethodOptions { Cascade = new() { Factors = "ek", Final = "astra", IndexKeep = 4, Sample = 2 } };
        using var session = Open("lg");
        using var method = new CascadeMethod(session, options);
        var scores = Score(method, out _);
        Assert.Equal(["bm25", "logra", "astra"], method.Stages.Select(s => s.Name));

        using var plain = Open("ek");
        using var astra = AttributionMethods.Open("astra", plain, options);
        var expected = Score(astra, out _);
        for (var t = 0; t < 3; t++)
        {
            int[] left = [.. Enumerable.Range(0, 24).Where(d => !float.IsNaN(scores[t, d]))];
            Assert.InRange(left.Length, 4, 12);
            var largest = left.Max(d => Math.Abs(expected[t, d]));
            Assert.All(left, d => Assert.InRange(scores[t, d] - expected[t, d], -1e-4 * largest, 1e-4 * largest));
        }
        Assert.Equal(astra.Damping, method.Damping);
    }

    [Fact]
    public void Run_OfAnEnsemble_UsesEachMembersFactorsAndWritesTheRecallOfEachStage()
    {
        _home.WriteSurrogate("s", ProxyTrainer.Models.ModelFamily.Llama, _home.Tokenizer, seed: 11, member: 1);
        var options = new AttributeOptions
        {
            Home = _home.Home,
            Index = "lg",
            Queries = _home.Queries(),
            Run = "r",
            Method = "cascade",
            Ensemble = 2,
            BatchTokens = 64,
            Force = true,
            Options = new() { Cascade = new() { Factors = "ek", IndexKeep = 5 } },
        };
        var result = Attributor.Run(options, NullProgress.Instance, _home.Time);

        // Of each member the survivors' EK-FAC scores, with its own factors; a document needs to survive in both.
        using var run = ScoreRun.Open(result.Directory);
        var mean = Ekfac("all", 2);
        for (var t = 0; t < 3; t++)
        {
            var largest = mean[t].Values.Max(Math.Abs);
            for (var c = 0; c < run.Rows.Count; c++)
            {
                Assert.InRange(run.Scores.Row(t)[c] - mean[t][run.Rows[c].Id], -1e-4 * largest, 1e-4 * largest);
            }
        }

        var written = JsonNode.Parse(File.ReadAllText(Path.Combine(result.Directory, "manifest.json")))!["details"]!["cascade"]!.AsArray();
        Assert.Equal(2, written.Count);
        Assert.Equal(2, result.Stages.Count);
        for (var m = 0; m < 2; m++)
        {
            Assert.Equal(["bm25", "logra", "ekfac"], written[m]!.AsArray().Select(s => (string)s!["name"]!));
            Assert.Equal(result.Stages[m].SkipLast(1).Select(s => s.Recall!.Value), written[m]!.AsArray().SkipLast(1).Select(s => (double)s!["recall"]!["value"]!));
        }

        Dictionary<string, float>[] Ekfac(string id, int members)
        {
            using var plain = ScoreRun.Open(Attributor.Run(
                options with { Index = "ek", Method = "ekfac", Run = id, Ensemble = members, Top = 24 }, NullProgress.Instance, _home.Time).Directory);
            return [.. Enumerable.Range(0, 3).Select(t => plain.Rows.Select((r, c) => (r.Id, Score: plain.Scores.Row(t)[c])).ToDictionary(x => x.Id, x => x.Score))];
        }
    }

    [Theory]
    [InlineData("lg", "ekfac", "--method ekfac")] // no factors
    [InlineData("nowhere", "ekfac", "nowhere")]
    [InlineData("ek", "bm25", "texts")] // no gradients
    [InlineData("ek", "tracin", "checkpoints")]
    public void Require_WhatTheLastStageLacks_IsSaidBeforeAnyWork(string factors, string final, string named)
    {
        using var session = Open("lg");
        var options = new MethodOptions { Cascade = new() { Factors = factors, Final = final } };
        Assert.Contains(named, Assert.ThrowsAny<TdaException>(() => AttributionMethods.Require("cascade", session, options, _home.Queries())).Message);
    }

    [Fact]
    public void Open_FactorsOfAnotherSurrogate_IsRefused()
    {
        _home.WriteSurrogate("other", ProxyTrainer.Models.ModelFamily.Llama, _home.Tokenizer, seed: 8);
        Indexer.Run(_home.Index("foreign") with { Surrogate = "other" }, NullProgress.Instance, _home.Time);
        using var session = Open("lg");
        using var method = new CascadeMethod(session, new MethodOptions { Cascade = new() { Factors = "foreign" } });
        Assert.Contains("weights", Assert.Throws<BadInputException>(() => Score(method, out _)).Message);
    }

    private int[] Kept(ScoringSession session, int target, ScoreMatrix indexed)
    {
        var words = new Bm25(session.Corpus.Documents().Select(d => d.Text), new Bm25Options()).Score(_home.Queries()[target].Completion);
        return [.. Enumerable.Range(0, 24).OrderByDescending(d => words[d]).ThenBy(d => d).Take(8)
            .OrderByDescending(d => indexed[target, d]).ThenBy(d => d).Take(3)];
    }

    private ScoringSession Open(string index) => ScoringSession.Open(_home.Home, index, 64, NullProgress.Instance, default);

    private ScoreMatrix Score(IOpenedMethod method, out List<ExcludedDocument> excluded)
    {
        var named = excluded = [];
        return method.Score(QuerySet.Each(_home.Queries()), Normalisation.None, named.Add, NullProgress.Instance, default);
    }
}
