using Tda.TestKit;

namespace Tda.Core.Tests.Scores;

public sealed class ScoreRunTests : IDisposable
{
    private static readonly Query[] Queries = [new("q1", "say", "hello") { Label = "harmful" }, new("q2", "", "x")];
    private static readonly ScoreRow[] Rows = [new("d1", "a", 1, 5), new("d2", "b", 1, 3), new("d2", "b", 3, 9)];
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Open_AbstainedQueries_HaveNoRow()
    {
        var fidelity = new AnswerFidelity(4, 5, 4, 6, .25) { HeldOutNatsPerToken = 3 };
        ExplainedQuery[] queries = [ExplainedQuery.Of(Queries[1]) with { Abstained = true, Fidelity = fidelity }, ExplainedQuery.Of(Queries[0]) with { Concentration = new Concentration(6, 3, .5, 1, 1) }];
        using (var writer = ScoreRunWriter.Create(_temp["r"], new ScoreHeader("logra", 0.1, 1000), queries, Rows, TimeProvider.System))
        {
            writer.Append([1, 2, 3]);
            writer.Commit();
        }

        using var run = ScoreRun.Open(_temp["r"]);
        Assert.Equal([Queries[0]], run.Queries);
        Assert.Equal(queries[0], Assert.Single(run.Abstained));
        Assert.Equal(-.25, run.Abstained[0].Fidelity!.Fidelity, 12);
        Assert.Equal(queries[1], Assert.Single(run.Explained));
        Assert.Equal([1L, 3], run.Scores.Shape);
    }

    [Fact]
    public void Open_EverythingAbstainedFrom_IsARunWithoutScores()
    {
        using (var writer = ScoreRunWriter.Create(_temp["r"], new ScoreHeader("logra", 0.1, 1000), [ExplainedQuery.Of(Queries[0]) with { Abstained = true }], Rows, TimeProvider.System))
        {
            writer.Commit();
        }

        using var run = ScoreRun.Open(_temp["r"]);
        Assert.Empty(run.Queries);
        Assert.Equal([0L, 3], run.Scores.Shape);
    }

    [Fact]
    public void Commit_ThenOpen_RoundTrips()
    {
        DocumentScore[] top = [new("d2", "b", 6, 0.75, 1) { Query = "q1" }, new("d1", "a", 2, 0.25, 2) { Query = "q1" }];
        TokenScore[] tokens = [new("d2", 3, 0, 4, 1.5) { Query = "q1" }, new("d2", 4, 4, 6, -.25) { Query = "q1" }, new("d2", 3, 0, 4, 2) { Query = "q2" }];
        using (var writer = Create())
        {
            writer.Append([1, 2, 3]);
            writer.Append([4, 5, -6]);
            writer.WriteTop(top);
            writer.WriteTokens(tokens);
            writer.Manifest.Seeds["projection"] = 1;
            writer.Commit();
        }

        using var run = ScoreRun.Open(_temp["r"]);
        Assert.Equal(new ScoreHeader("logra", 0.1, 1000), run.Header);
        Assert.Equal(Queries, run.Queries);
        Assert.Equal(Rows, run.Rows);
        Assert.Equal([4f, 5f, -6f], run.Scores.Row(1).ToArray());
        Assert.Equal(top, run.Top());
        Assert.Equal(tokens, run.Tokens());
        Assert.Equal(ScoreHeader.SignConvention, (string?)run.Manifest.Details["sign_convention"]);
        Assert.Contains("score(m, q) = +∇loss(q)ᵀ (G + λI)⁻¹ ∇loss(m)", File.ReadAllText(Path.Combine(_temp["r"], "manifest.json")), StringComparison.Ordinal);
    }

    /// <summary>Runs of earlier programs stay readable: they have a line for each token and no arrays.</summary>
    [Fact]
    public void Tokens_OfVersion1_AreReadFromTheirLines()
    {
        Write();
        File.WriteAllText(Path.Combine(_temp["r"], "tokens.jsonl"), """{"id":"d2","token":3,"start":0,"end":4,"score":1.5,"query":"q1"}""");
        ScoreRun.AddFiles(_temp["r"], "tokens.jsonl");

        using var run = ScoreRun.Open(_temp["r"]);
        Assert.Equal([new TokenScore("d2", 3, 0, 4, 1.5) { Query = "q1" }], run.Tokens());
    }

    [Fact]
    public void Tokens_LineBeyondTheArrays_IsRefusedByDocument()
    {
        using (var writer = Create())
        {
            writer.Append([1, 2, 3]);
            writer.Append([4, 5, -6]);
            writer.WriteTokens([new TokenScore("d2", 3, 0, 4, 1.5)]);
            writer.Commit();
        }

        File.WriteAllText(Path.Combine(_temp["r"], "tokens.jsonl"), """{"id":"d2","first":0,"count":2}""");
        using var run = ScoreRun.Open(_temp["r"], verify: false);
        var error = Assert.Throws<BadInputException>(() => run.Tokens().ToList());
        Assert.Contains("document d2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_ScoreThatIsNotFinite_IsRefused()
    {
        using var writer = Create();
        Assert.Throws<TdaException>(() => writer.Append([1, float.NaN, 2]));
        Assert.Throws<ArgumentException>(() => writer.Append([1]));
        Assert.Throws<InvalidOperationException>(writer.Commit);
    }

    [Fact]
    public void Open_AnotherSignConvention_IsRefusedByName()
    {
        Write();
        var manifest = Path.Combine(_temp["r"], "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("= +∇", "= -∇", StringComparison.Ordinal));
        var error = Assert.Throws<BadInputException>(() => ScoreRun.Open(_temp["r"]).Dispose());
        Assert.Contains("convention", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddFiles_MaskWrittenLater_IsCoveredByTheManifest()
    {
        Write();
        var mask = Path.Combine(_temp["r"], "mask.jsonl");
        File.WriteAllText(mask, "{}");
        ScoreRun.AddFiles(_temp["r"], "mask.jsonl");
        ScoreRun.Open(_temp["r"]).Dispose();
        File.WriteAllText(mask, "{ }");
        Assert.Equal(mask, Assert.Throws<BadInputException>(() => ScoreRun.Open(_temp["r"]).Dispose()).Path);
    }

    [Fact]
    public void Open_ScoresOfAnotherShape_IsRefused()
    {
        Write();
        var rows = Path.Combine(_temp["r"], "rows.jsonl");
        File.AppendAllText(rows, File.ReadLines(rows).First() + "\n");
        Assert.Throws<BadInputException>(() => ScoreRun.Open(_temp["r"]).Dispose());
        var error = Assert.Throws<BadInputException>(() => ScoreRun.Open(_temp["r"], verify: false).Dispose());
        Assert.Contains("(2, 3)", error.Message, StringComparison.Ordinal);
    }

    private ScoreRunWriter Create() => ScoreRunWriter.Create(_temp["r"], new ScoreHeader("logra", 0.1, 1000), [.. Queries.Select(ExplainedQuery.Of)], Rows, new FakeTimeProvider());

    private void Write()
    {
        using var writer = Create();
        writer.Append([1, 2, 3]);
        writer.Append([4, 5, -6]);
        writer.Commit();
    }
}
