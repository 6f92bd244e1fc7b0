using Tda.TestKit;

namespace Tda.Evaluation.Tests;

public sealed class RunAgreementTests : IDisposable
{
    private static readonly string[] Documents = [.. Enumerable.Range(0, 30).Select(d => $"d{d:00}")];
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_TwoRuns_IsWhatLoopsOverRanksGive()
    {
        var (x, y) = (Random(1), Random(2));
        using var first = Run("a", x);
        using var second = Run("b", y, order: [.. Enumerable.Range(0, 30).Reverse()]); // columns in another order, by id the same
        var result = RunAgreement.Of(first, second, top: 5);
        Assert.Equal((30, 0, 5, 5 / 30.0), (result.Documents, result.ScoredOnce, result.Top, result.ChanceOverlap));
        for (var q = 0; q < 3; q++)
        {
            var (a, b) = (Ranks(x[q]), Ranks(y[q]));
            var n = 30.0;
            Assert.Equal(1 - 6 * a.Zip(b, (i, j) => Math.Pow(i - j, 2)).Sum() / (n * (n * n - 1)), result.Queries[q].Spearman, 9);
            Assert.Equal(Enumerable.Range(0, 30).Count(d => a[d] <= 5 && b[d] <= 5) / 5.0, result.Queries[q].Overlap, 12);
        }

        Assert.Equal(result.Queries.Average(q => q.Spearman), result.Spearman.Value, 12);
        Assert.InRange(result.Spearman.Value, result.Spearman.Low, result.Spearman.High);

        // Moved: among the first five of either by the mean over queries, the largest difference of ranks first.
        var (meanX, meanY) = (Ranks(Mean(x)), Ranks(Mean(y)));
        var moved = Enumerable.Range(0, 30).Where(d => (meanX[d] <= 5 || meanY[d] <= 5) && meanX[d] != meanY[d])
            .OrderByDescending(d => Math.Abs(meanX[d] - meanY[d])).ThenBy(d => d).Take(5).Select(d => (Documents[d], meanX[d], meanY[d]));
        Assert.Equal(moved, result.Moved.Select(m => (m.Id, m.FirstRank, m.SecondRank)));
    }

    [Fact]
    public void Of_ARunAndItself_AgreesFully()
    {
        using var run = Run("a", Random(1));
        var result = RunAgreement.Of(run, run, top: 100);
        Assert.Equal((1, 1, 30), (result.Spearman.Value, result.Overlap.Value, result.Top));
        Assert.Empty(result.Moved);
    }

    [Fact]
    public void Of_OtherQueries_IsRefusedById()
    {
        using var first = Run("a", Random(1));
        using var second = Run("b", Random(2), queries: [new("q0", "p", "another text"), new("q1", "", "1"), new("q7", "", "7")]);
        var error = Assert.Throws<BadInputException>(() => RunAgreement.Of(first, second, 5));
        Assert.All(["'q2' only in a", "'q7' only in b", "'q0' with another text"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_OtherCorpus_IsRefusedByName()
    {
        using var first = Run("a", Random(1));
        using var second = Run("b", Random(2), corpus: "corpus:mail");
        var error = Assert.Throws<BadInputException>(() => RunAgreement.Of(first, second, 5));
        Assert.All(["corpus mail", "corpus web"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_SetsOfOtherMembers_IsRefused() // their descriptions are the same: "(mean of 1 queries)"
    {
        using var first = Run("a", Random(1), members: ["one"]);
        using var second = Run("b", Random(2), members: ["two"]);
        Assert.Contains("'q0' with another text", Assert.Throws<BadInputException>(() => RunAgreement.Of(first, second, 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnswerThatOneAbstainedFrom_IsNamedAndLeftOut()
    {
        using var first = Run("a", Random(1));
        using var second = Run("b", Random(2), abstained: 1);
        var result = RunAgreement.Of(first, second, 5);
        Assert.Equal(["q0", "q1"], result.Queries.Select(q => q.Query));
        Assert.Equal(["q2"], result.NotCompared);
    }

    private static float[][] Random(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 3).Select(_ => Documents.Select(_ => (float)(random.NextDouble() - .3)).ToArray())];
    }

    private static int[] Ranks(float[] scores) => [.. scores.Select(s => 1 + scores.Count(t => t > s))];

    private static float[] Mean(float[][] rows) => [.. Enumerable.Range(0, 30).Select(d => (float)rows.Average(row => (double)row[d]))];

    private ScoreRun Run(
        string id, float[][] scores, ExplainedQuery[]? queries = null, string corpus = "corpus:web", int[]? order = null, string[]? members = null, int abstained = 0)
    {
        order ??= [.. Enumerable.Range(0, 30)];
        queries ??= [.. Enumerable.Range(0, 3).Select(q => new ExplainedQuery($"q{q}", "", $"{q}"))];
        queries = [.. queries.Select((q, i) => q with { Abstained = i >= queries.Length - abstained ? true : null })];
        using (var writer = ScoreRunWriter.Create(
            _folder[id], new ScoreHeader("ekfac", .1, 30), queries, [.. order.Select(d => new ScoreRow(Documents[d], "s", 1, 2))], new FakeTimeProvider()))
        {
            writer.Manifest.Inputs[corpus] = corpus == "corpus:web" ? "0123456789abcdef" : "fedcba9876543210";
            foreach (var row in scores.Take(queries.Length - abstained))
            {
                writer.Append([.. order.Select(d => row[d])]);
            }

            if (members is not null)
            {
                JsonLines.Write(writer.PathOf(ScoreFormat.Members), members.Select(m => new TargetMember("q0", new Query(m, "", m))));
            }

            writer.Commit();
        }

        return ScoreRun.Open(_folder[id]);
    }
}
