using Tda.Core.Arrays;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

public class QueryKindTests
{
    [Fact]
    public void Run_Contrast_IsExactlyTheDifferenceOfTheTwoMeans()
    {
        using var home = Indexed();
        var options = Options(home) with { Queries = Labelled(home), Contrast = ("a", "b"), Tokens = true, Top = 24 };
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
        Assert.Equal(["differential", "a", "b"], run.Queries.Select(q => q.Id));
        for (var d = 0; d < run.Rows.Count; d++)
        {
            Assert.Equal(run.Scores.Row(1)[d] - run.Scores.Row(2)[d], run.Scores.Row(0)[d]);
        }

        // Each half is the mean of its set, and the tokens of the ranked documents add up to the difference.
        var half = Scores(home, Options(home) with { Queries = [.. Labelled(home).Where(q => q.Label == "a")], Aggregate = true, Run = "a" });
        Numbers.Close(half, [.. run.Scores.Row(1).ToArray().Select(x => (double)x)], 1e-4, "a set is its queries' mean");
        var sums = run.Tokens().GroupBy(t => t.Id).ToDictionary(g => g.Key, g => g.Sum(t => t.Score));
        Numbers.Close([.. run.Scores.Row(0).ToArray().Select(x => (double)x)], [.. run.Rows.Select(r => sums[r.Id])], 2e-4, "tokens add up");
        Assert.All(run.Top(), d => Assert.Null(d.Query));
    }

    [Fact]
    public void Run_ByLabel_EqualsAggregatesOfEachLabel()
    {
        using var home = Indexed();
        using var run = ScoreRun.Open(Attributor.Run(Options(home) with { Queries = Labelled(home), ByLabel = true }, NullProgress.Instance, home.Time).Directory);
        Assert.Equal(["a", "b"], run.Queries.Select(q => q.Id));
        var alone = Scores(home, Options(home) with { Queries = [.. Labelled(home).Where(q => q.Label == "b")], Aggregate = true, Run = "b" });
        Numbers.Close(alone, [.. run.Scores.Row(1).ToArray().Select(x => (double)x)], 1e-4, "label b");
        Assert.Equal(["a", "b"], run.Top().Select(d => d.Query).Distinct());
    }

    [Theory]
    [InlineData("ekfac")]
    [InlineData("grad-dot")]
    public void Run_Layers_AddUpToTheScores(string method)
    {
        using var home = Indexed();
        var options = Options(home) with { Queries = Labelled(home), Contrast = ("a", "b"), Layers = true, Method = method };
        var result = Attributor.Run(options, NullProgress.Instance, home.Time);
        using var run = ScoreRun.Open(result.Directory);
        using var layers = NpyArray<float>.Open(Path.Combine(result.Directory, "scores.layers.npy"));
        Assert.Equal([3L, 14, run.Rows.Count], layers.Shape);
        for (var q = 0; q < 3; q++)
        {
            var own = layers.Row(q).ToArray();
            double[] sums = [.. Enumerable.Range(0, run.Rows.Count).Select(d => Enumerable.Range(0, 14).Sum(m => (double)own[m * run.Rows.Count + d]))];
            Numbers.Close([.. run.Scores.Row(q).ToArray().Select(x => (double)x)], sums, 1e-4, $"row {q}: layers add up");
        }
        Assert.Contains("down_proj", File.ReadAllText(Path.Combine(result.Directory, "manifest.json")));
    }

    [Fact]
    public void Run_Span_ExplainsThoseWordsAlone()
    {
        using var home = Indexed();
        var query = home.Queries(1)[0];
        var spans = new[] { new TextSpan(0, 4), new TextSpan(4, query.Completion.Length) };
        var whole = Scores(home, Options(home) with { Queries = [query], Run = "whole" });
        var parts = spans.Select((s, i) => Scores(home, Options(home) with { Queries = [query with { Span = s }], Run = $"part{i}" })).ToArray();
        Assert.NotEqual(parts[0], parts[1]);
        if (home.Tokenizer.EncodeWithSpans(query.Completion).All(t => t.End <= 4 || t.Start >= 4) && home.Tokenizer.Encode(query.Prompt + query.Completion).Length < 12)
        {
            Numbers.Close(whole, [.. parts[0].Zip(parts[1], (x, y) => x + y)], 1e-3, "losses add up over the tokens, and so do scores");
        }

        using var run = ScoreRun.Open(home.Home.RunDirectory("part0"));
        Assert.Equal(spans[0], run.Queries[0].Span);
    }

    [Theory]
    [InlineData("bm25")]
    [InlineData("hidden-cosine")]
    [InlineData("fused")]
    public void Run_LayersOfAMethodWithoutThem_IsRefused(string method)
    {
        using var home = Indexed();
        Assert.Contains("by layer", Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = method, Layers = true }, NullProgress.Instance, home.Time)).Message);
    }

    [Fact]
    public void Validate_KindsThatExcludeEachOther_AreRefused()
    {
        using var home = new TestHome();
        Assert.Contains("exclude", Assert.Throws<UsageException>(() => (Options(home) with { Aggregate = true, ByLabel = true }).Validate()).Message);
    }

    private static TestHome Indexed()
    {
        var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        return home;
    }

    private static Query[] Labelled(TestHome home) => [.. home.Queries(3).Select(q => q with { Label = "a" }), .. home.Others().Select(q => q with { Label = "b" })];

    private static AttributeOptions Options(TestHome home) =>
        new() { Home = home.Home, Index = "i", Queries = home.Queries(), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private static double[] Scores(TestHome home, AttributeOptions options)
    {
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
        return [.. run.Scores.ToArray().Select(x => (double)x)];
    }
}
