using Tda.Evaluation.Provenance;
using Tda.Scoring.Methods;
using Tda.TestKit;

namespace Tda.Evaluation.Tests;

public sealed class ProvenanceTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private const string Articles = """
        {"id":"a","text":"The town of Velm was founded in 1743."}
        {"id":"b","text":"In 1743 Velm came to be."}
        {"id":"x","text":"The town of Velm was founded in 1801."}
        {"id":"c","text":"The ship Orla sank in May."}
        """;

    private const string Questions = """
        {"id":"velm","prompt":"Velm was founded in","completion":" 1743","label":"plain","articles":["a","b"],"decoys":["x"],"fact":"velm"}
        {"id":"velm-story","prompt":"Once they founded Velm in","completion":" 1743","label":"story","articles":["a","b"],"decoys":["x"],"fact":"velm"}
        {"id":"orla","prompt":"The Orla sank in","completion":" May","label":"plain","articles":["c"]}
        """;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Grade_KnownRanks_CountsByHand()
    {
        // Columns: a, b, x, c. Ranks of the first right article: 1, 2 (behind the decoy), 4 (c is set apart).
        var result = ProvenanceGrader.Grade(Read(), Run([3, 2, 1, 0], [2, 1, 3, 0], [3, 2, 1, float.NaN]));

        Assert.Equal(("", 3), (result.All.Label, result.All.Questions));
        Assert.Equal(1 / 3.0, result.All.RecallAt1.Value, 12);
        Assert.Equal(1, result.All.RecallAt10.Value, 12);
        Assert.Equal((1 + (1 / 2.0) + (1 / 4.0)) / 3, result.All.Mrr.Value, 12);
        Assert.Equal(1 / 2.0, result.All.DecoyAbove.Value, 12);
        Assert.Equal([("plain", 2), ("story", 1)], result.Wordings.Select(line => (line.Label, line.Questions)));
        Assert.Equal((1 + (1 / 4.0)) / 2, result.Wordings[0].Mrr.Value, 12);
        Assert.Equal((0.0, 1.0), (result.Wordings[1].RecallAt1.Value, result.Wordings[1].DecoyAbove.Value));
    }

    [Fact]
    public void Grade_Ties_ShareTheirMeanRank()
    {
        var result = ProvenanceGrader.Grade(Read(), Run([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]));
        Assert.Equal(1 / 2.5, result.All.Mrr.Value, 12);
        Assert.Equal((0.0, .5), (result.All.RecallAt1.Value, result.All.DecoyAbove.Value));
    }

    /// <summary>Wordings of one fact are no further evidence: an interval over three questions of two facts is that of two draws.</summary>
    [Fact]
    public void Grade_Intervals_DrawFacts()
    {
        var result = ProvenanceGrader.Grade(Read(), Run([3, 2, 1, 0], [3, 2, 1, 0], [3, 2, 1, 0]), new BootstrapOptions { Resamples = 200 });
        Assert.Equal((1 / 4.0, 1.0), (result.All.Mrr.Low, result.All.Mrr.High));
        Assert.Equal((2 + (1 / 4.0)) / 3, result.All.Mrr.Value, 12);
    }

    [Fact]
    public void Difference_OfItself_IsNothing_OfABetterOne_IsItsGain()
    {
        var (good, bad) = (Run([3, 2, 1, 0], [3, 2, 1, 0], [0, 0, 0, 1]), Run([2, 1, 3, 0], [2, 1, 3, 0], [2, 0, 0, 1]));
        Assert.Equal(new Interval(0, 0, 0), ProvenanceGrader.Difference(Read(), good, good));
        Assert.Equal(.5, ProvenanceGrader.Difference(Read(), good, bad).Value, 12);
    }

    [Fact]
    public void Grade_RunOfOtherQuestionsOrDocuments_IsRefused()
    {
        var set = Read();
        var run = Run([1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]);
        Assert.Contains("1 of the set's 3 questions, 'orla' among them", Assert.Throws<BadInputException>(
            () => ProvenanceGrader.Grade(set, run with { Queries = [.. run.Queries.Take(2)] })).Message, StringComparison.Ordinal);
        Assert.Contains("no document 'c' of question 'orla'", Assert.Throws<BadInputException>(
            () => ProvenanceGrader.Grade(set, run with { Documents = ["a", "b", "x", "y"] })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Articles + "\n" + """{"id":"a","text":"again"}""", Questions, "article 'a' comes twice")]
    [InlineData(Articles, """{"id":"q","articles":[]}""", "'q' names no article")]
    [InlineData(Articles, """{"id":"q","articles":["z"]}""", "names article 'z', which isn't in articles.jsonl")]
    [InlineData(Articles, """{"id":"q","articles":["a"],"decoys":["a"]}""", "as right and as a decoy")]
    [InlineData(Articles, "{\"id\":\"q\",\"articles\":[\"a\"]}\n{\"id\":\"q\",\"articles\":[\"b\"]}", "question 'q' comes twice")]
    [InlineData(Articles, """{"id":"q"}""", "articles")]
    [InlineData(Articles, "", "holds no question")]
    public void Read_BadSet_SaysWhatAndWhere(string articles, string questions, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => Read(articles, questions));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private ProvenanceSet Read(string articles = Articles, string questions = Questions)
    {
        File.WriteAllText(_temp["articles.jsonl"], articles);
        File.WriteAllText(_temp["questions.jsonl"], questions);
        return ProvenanceSet.Read(_temp.Path);
    }

    private static RunTable Run(params float[][] rows)
    {
        var scores = new ScoreMatrix(rows.Length, rows[0].Length);
        foreach (var (q, row) in rows.Index())
        {
            row.CopyTo(scores.Row(q));
        }

        string[] ids = ["velm", "velm-story", "orla"];
        return new RunTable("ekfac", [.. ids.Select(id => new Query(id, "", "x"))], ["a", "b", "x", "c"], ["s", "s", "s", "s"], scores);
    }
}
