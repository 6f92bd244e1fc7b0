using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index;
using Tda.Scoring.Tests.Reference;

namespace Tda.Scoring.Tests.Attribution;

public class EnsembleTests
{
    [Theory]
    [InlineData(IndexMethod.Ekfac, "ekfac")]
    [InlineData(IndexMethod.Ekfac, "grad-dot")]
    [InlineData(IndexMethod.Logra, "logra")]
    public void Run_Ensemble_IsTheMeanOfItsMembersEachOnItsOwn(IndexMethod index, string method)
    {
        using var home = Members(3);
        Indexer.Run(home.Index() with { Method = index }, NullProgress.Instance, home.Time);
        var options = Options(home) with { Method = method };
        var result = Attributor.Run(options with { Ensemble = 0, Tokens = true, Top = 24 }, NullProgress.Instance, home.Time);
        using var run = ScoreRun.Open(result.Directory);
        Assert.Equal(3, result.Members);

        // Reference: three surrogates of their own names, indexed and scored one by one.
        var single = new List<double[]>();
        for (var m = 0; m < 3; m++)
        {
            home.WriteSurrogate($"s{m}", ModelFamily.Llama, home.Tokenizer, seed: 3 + m);
            Indexer.Run(home.Index($"i{m}") with { Method = index, Surrogate = $"s{m}" }, NullProgress.Instance, home.Time);
            single.Add(Scores(home, options with { Index = $"i{m}", Run = $"r{m}" }));
        }
        double[] mean = [.. single[0].Select((_, i) => single.Average(s => s[i]))];
        Numbers.Close(mean, [.. run.Scores.ToArray().Select(x => (double)x)], 1e-4, "scores are averaged");

        var first = run.Top().First(d => d.Query == "q0");
        var column = Enumerable.Range(0, run.Rows.Count).First(d => run.Rows[d].Id == first.Id);
        var own = single.Select(s => s[column]).ToArray();
        Assert.Equal(Math.Sqrt(own.Sum(x => Math.Pow(x - own.Average(), 2)) / 2), first.Spread!.Value, 1e-4 * Math.Abs(first.Score));
        Assert.InRange(first.Score, first.Interval!.Low, first.Interval.High);
        Assert.Contains("\"members\": 3", File.ReadAllText(Path.Combine(result.Directory, "manifest.json")));
        var tokens = run.Tokens().Where(t => t.Query == "q0").GroupBy(t => t.Id).ToDictionary(g => g.Key, g => g.Sum(t => t.Score));
        Numbers.Close([.. run.Scores.Row(0).ToArray().Select(x => (double)x)], [.. run.Rows.Select(r => tokens[r.Id])], 2e-4, "tokens are averaged too");
    }

    [Fact]
    public void Run_EnsembleAfterADeletion_LeavesTheDocumentOutOfEveryMember()
    {
        using var home = Members(2);
        Indexer.Run(home.Index() with { Method = IndexMethod.Logra }, NullProgress.Instance, home.Time);
        var options = Options(home) with { Ensemble = 2, Replace = true };
        Scores(home, options);
        var id = DocumentId.Of(home.Texts[5]);
        IndexDeleter.Run(home.Home, "i", [id], true, NullProgress.Instance, home.Time);
        var scores = Scores(home, options);

        Assert.Equal([id], IndexDirectory.Open(MemberIndex.DirectoryOf(home.Home, "i", 1)).Deleted().Select(d => d.Id));
        // Reference: the members as surrogates of their own, the document deleted from each index.
        var single = new List<double[]>();
        for (var m = 0; m < 2; m++)
        {
            home.WriteSurrogate($"s{m}", ModelFamily.Llama, home.Tokenizer, seed: 3 + m);
            Indexer.Run(home.Index($"i{m}") with { Method = IndexMethod.Logra, Surrogate = $"s{m}" }, NullProgress.Instance, home.Time);
            IndexDeleter.Run(home.Home, $"i{m}", [id], true, NullProgress.Instance, home.Time);
            single.Add(Scores(home, Options(home) with { Index = $"i{m}", Run = $"r{m}" }));
        }
        Numbers.Close([.. single[0].Zip(single[1], (x, y) => (x + y) / 2)], scores, 1e-5, "both members leave it out");
    }

    [Fact]
    public void Run_EnsembleAgain_UsesTheMembersIndexesAndMakesThemAnewWhenStale()
    {
        using var home = Members(2);
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var options = Options(home) with { Ensemble = 2, Replace = true };
        var first = Scores(home, options);
        var factors = Path.Combine(home.Home.IndexDirectory("i"), "members", "1", "manifest.json");
        File.SetLastWriteTimeUtc(factors, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(first, Scores(home, options));
        Assert.Equal(2001, File.GetLastWriteTimeUtc(factors).Year);

        home.WriteSurrogate("s", ModelFamily.Llama, home.Tokenizer, seed: 77, member: 1);
        Assert.NotEqual(first, Scores(home, options));
        Assert.NotEqual(2001, File.GetLastWriteTimeUtc(factors).Year);
    }

    [Fact]
    public void Run_MoreMembersThanThereAre_IsRefusedBeforeAnyWork()
    {
        using var home = Members(2);
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        Assert.Contains("--ensemble 5", Assert.Throws<UsageException>(() => Attributor.Run(Options(home) with { Ensemble = 5 }, NullProgress.Instance, home.Time)).Message);
        Assert.False(Directory.Exists(Path.Combine(home.Home.IndexDirectory("i"), "members")));
    }

    [Fact]
    public void Run_NoEnsembleAsked_HasNoSpread()
    {
        using var home = Members(2);
        Indexer.Run(home.Index(), NullProgress.Instance, home.Time);
        var result = Attributor.Run(Options(home), NullProgress.Instance, home.Time);
        Assert.All(result.Top, d => Assert.Null(d.Interval));
    }

    private static TestHome Members(int count)
    {
        var home = new TestHome();
        for (var m = 1; m < count; m++)
        {
            home.WriteSurrogate("s", ModelFamily.Llama, home.Tokenizer, seed: 3 + m, member: m);
        }

        return home;
    }

    private static AttributeOptions Options(TestHome home) =>
        new() { Home = home.Home, Index = "i", Queries = home.Queries(2), Run = "r", BatchTokens = 100, MinFidelity = double.NegativeInfinity };

    private static double[] Scores(TestHome home, AttributeOptions options)
    {
        using var run = ScoreRun.Open(Attributor.Run(options, NullProgress.Instance, home.Time).Directory);
        return [.. run.Scores.ToArray().Select(x => (double)x)];
    }
}
