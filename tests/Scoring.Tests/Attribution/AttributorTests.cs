using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Attribution;
using Tda.Scoring.Index;
using Tda.Scoring.Methods;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

public class AttributorTests
{
    [Theory]
    [InlineData(IndexMethod.Ekfac, "ekfac")]
    [InlineData(IndexMethod.Ekfac, "grad-dot")]
    [InlineData(IndexMethod.Logra, "logra")]
    [InlineData(IndexMethod.Ekfac, "ngram")]
    public void Run_WithTokens_TokensAddUpToTheDocument(IndexMethod index, string method)
    {
        using var home = new TestHome();
        Indexer.Run(home.Index() with { Method = index }, NullProgress.Instance, home.Time);
        var result = Attributor.Run(Options(home) with { Method = method, Tokens = true, Top = 5 }, NullProgress.Instance, home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal(method, run.Header.Method);
        Assert.Equal([3L, 24], run.Scores.Shape);
        var tokens = run.Tokens().ToList();
        var top = run.Top().ToList();
        Assert.Equal(15, top.Count);
        var texts = Corpus.Open(home.Home.CorpusDirectory("c")).Documents().ToDictionary(d => d.Id, d => d.Text);
        // Each query's of its own ranking, and no others.
        Assert.Equal(top.Select(d => (d.Query, d.Id)).ToHashSet(), tokens.Select(t => (t.Query, t.Id)).ToHashSet());
        var largest = top.Max(d => Math.Abs(d.Score));
        foreach (var document in top)
        {
            var own = tokens.Where(t => t.Id == document.Id && t.Query == document.Query).ToList();
            Assert.True(Math.Abs(document.Score - own.Sum(t => t.Score)) < 2e-4 * largest, $"{method}: {document.Score} is not the sum of its tokens, {own.Sum(t => t.Score)}");
            // Every label token, rows of long documents joined: 1, 2, …, EOS.
            Assert.Equal(Enumerable.Range(1, home.Tokenizer.Encode(texts[document.Id]).Length + 1), own.Select(t => t.Token));
            Assert.Equal(texts[document.Id].Length, own[^1].Start);
        }
    }

    [Theory]
    [InlineData(IndexMethod.Ekfac, "ekfac")]
    [InlineData(IndexMethod.Ekfac, "grad-cos")]
    [InlineData(IndexMethod.Logra, "logra")]
    [InlineData(IndexMethod.Ekfac, "bm25")]
    [InlineData(IndexMethod.Ekfac, "ngram")]
    public void Run_AnyBatchSize_GivesTheSameScores(IndexMethod index, string method)
    {
        using var home = new TestHome(ModelFamily.Gpt2);
        Indexer.Run(home.Index() with { Method = index }, NullProgress.Instance, home.Time);
        var one = Scores(home, Options(home) with { Method = method, BatchTokens = 1, Run = "one" });
        var many = Scores(home, Options(home) with { Method = method, BatchTokens = 5000, Run = "many" });
        Numbers.Close(one, many, 1e-4, "results must not change with the batch size");
    }

    [Fact]
    public void Run_LograFullRank_ShardSizeDoesNotMatter()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index("small") with { Method = IndexMethod.Logra, ShardDocuments = 2 }, NullProgress.Instance, home.Time);
        Indexer.Run(home.Index("large") with { Method = IndexMethod.Logra, ShardDocuments = 1000 }, NullProgress.Instance, home.Time);
        Numbers.Close(Scores(home, Options(home) with { Index = "small", Run = "a" }), Scores(home, Options(home) with { Index = "large", Run = "b" }), 1e-4, "sharding");
    }

    [Fact]
    public void Run_Aggregate_EqualsMeanOfSingleScores()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var each = Scores(home, Options(home) with { Run = "each" });
        var mean = Scores(home, Options(home) with { Run = "mean", Aggregate = true });
        Numbers.Close([.. Enumerable.Range(0, 24).Select(d => (each[d] + each[24 + d] + each[48 + d]) / 3)], mean, 1e-4, "a query set is the mean of its queries, not their sum");
        using var run = ScoreRun.Open(home.Home.RunDirectory("mean"));
        Assert.All(run.Top(), d => Assert.Null(d.Query));
        Assert.InRange(run.Top().Sum(d => d.Share), .999, 1.001);
    }

    [Fact]
    public void Run_LowQueryRankOrSmallMemory_StaysCloseToFull()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var full = Scores(home, Options(home) with { Run = "full" });
        Numbers.Close(full, Scores(home, Options(home) with { Run = "grouped", Options = new MethodOptions { QueryElements = 1 } }), 1e-5, "queries in groups of one");
        Numbers.Close(full, Scores(home, Options(home) with { Run = "whole-rank", Options = new MethodOptions { QueryRank = 64 } }), 1e-3, "all factors kept");
    }

    [Fact]
    public void Run_NonFiniteDocument_IsNamedAndHasNoColumn()
    {
        using var clean = new TestHome();
        using var home = new TestHome(poison: clean.Tokenizer.Encode(clean.Texts[5])[^1]);
        foreach (var index in Enum.GetValues<IndexMethod>())
        {
            var made = Indexer.Run(home.Index(index.ToString()) with { Method = index }, NullProgress.Instance, home.Time);
            var result = Attributor.Run(Options(home) with { Index = index.ToString(), Run = index.ToString(), Aggregate = true, Queries = home.Queries(30), Tokens = true }, NullProgress.Instance, home.Time);
            using var run = ScoreRun.Open(result.Directory);
            var id = DocumentId.Of(home.Texts[5]);
            Assert.DoesNotContain(run.Rows, r => r.Id == id);
            Assert.DoesNotContain(run.Tokens(), t => t.Id == id);
            Assert.Contains(JsonLines.Read<ExcludedDocument>(Path.Combine(result.Directory, "excluded.jsonl")), e => e.Id == id);
            Assert.Equal(24 - made.Excluded, run.Rows.Count);
        }
    }

    [Fact]
    public void Run_SurrogateWithAnotherTokenizer_IsRefusedByName()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        home.WriteSurrogate("s", ModelFamily.Llama, BpeTrainer.Train(home.Texts, new BpeOptions { VocabularySize = 300 }));
        var error = Assert.Throws<BadInputException>(() => Attributor.Run(Options(home), NullProgress.Instance, home.Time));
        Assert.Contains("tokenizer", error.Message);
        Assert.Contains("surrogates", error.Message);
    }

    [Fact]
    public void Run_SurrogateTrainedOn_IsRefused()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        home.WriteSurrogate("s", ModelFamily.Llama, home.Tokenizer, seed: 99);
        Assert.Contains("weights", Assert.Throws<BadInputException>(() => Attributor.Run(Options(home), NullProgress.Instance, home.Time)).Message);
    }

    [Fact]
    public void Run_UnknownOrUnsuitableMethod_IsRefused()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        Assert.Contains("ekfac", Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = "magic" }, NullProgress.Instance, home.Time)).Message);
        Assert.Contains("--method logra", Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = "logra" }, NullProgress.Instance, home.Time)).Message);
        Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = "bm25", Tokens = true }, NullProgress.Instance, home.Time));
        Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Method = "bm25", Normalisation = Normalisation.RelatIf }, NullProgress.Instance, home.Time));
    }

    [Theory]
    [InlineData("ekfac", TokenDefinition.Position)]
    [InlineData("ekfac", TokenDefinition.Loss)]
    [InlineData("ngram", TokenDefinition.Loss)]
    public void Guide_HarmAndSafe_DifferentialIsTheirDifference(string method, TokenDefinition definition)
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var options = new GuideOptions { Home = home.Home, Index = "i", Harm = home.Queries(), Safe = home.Others(), Run = "g", Method = method, TokenDefinition = definition, BatchTokens = 100 };
        var result = Guide.Run(options, NullProgress.Instance, home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal(["differential", "harm", "safe"], run.Queries.Select(q => q.Id));
        var (differential, harm, safe) = (run.Scores.Row(0).ToArray(), run.Scores.Row(1).ToArray(), run.Scores.Row(2).ToArray());
        Numbers.Close([.. harm.Zip(safe, (h, s) => (double)h - s)], [.. differential.Select(x => (double)x)], 1e-5, "score_diff = score_harm − score_safe");

        // The two halves equal what attribute says of each set, and tokens add up to documents.
        var alone = Scores(home, Options(home) with { Run = "h", Method = method, Aggregate = true });
        Numbers.Close(alone, [.. harm.Select(x => (double)x)], 1e-3, "harm by documents");
        var sums = run.Tokens().GroupBy(t => t.Id).ToDictionary(g => g.Key, g => g.Sum(t => t.Score));
        Numbers.Close([.. differential.Select(x => (double)x)], [.. run.Rows.Select(r => sums[r.Id])], 1e-5, "tokens add up to documents");
        Assert.Equal(24, run.Top().Count());
        Assert.True(run.Top().Zip(run.Top().Skip(1)).All(p => p.First.Score >= p.Second.Score));
    }

    [Fact]
    public void Guide_HarmAlone_ScoresHarm()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var result = Guide.Run(new GuideOptions { Home = home.Home, Index = "i", Harm = home.Queries(), Safe = [], Run = "g" }, NullProgress.Instance, home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal(["differential", "harm"], run.Queries.Select(q => q.Id));
        Assert.Equal(run.Scores.Row(0).ToArray(), run.Scores.Row(1).ToArray());
    }

    [Fact]
    public void Run_Manifest_NamesMethodDampingNAndSign()
    {
        using var home = new TestHome();
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var result = Attributor.Run(Options(home), NullProgress.Instance, home.Time);
        var details = File.ReadAllText(Path.Combine(result.Directory, "manifest.json"));
        foreach (var word in new[] { "\"method\": \"ekfac\"", "damping_per_module", "\"damping_factor\": 0.1", "\"n\":", "positive = proponent" })
        {
            Assert.Contains(word, details);
        }
    }

    private static AttributeOptions Options(TestHome home) =>
        new() { Home = home.Home, Index = "i", Queries = home.Queries(), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private static double[] Scores(TestHome home, AttributeOptions options)
    {
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
        return [.. run.Scores.ToArray().Select(x => (double)x)];
    }
}
