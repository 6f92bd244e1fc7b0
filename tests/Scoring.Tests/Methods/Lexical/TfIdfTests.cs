using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class TfIdfTests
{
    private static readonly string[] Documents = ["the cat sat on the mat", "a dog barked at the cat", "", "mat mat mat mat", "cheap pills for you"];

    [Theory]
    [InlineData("cat mat")]
    [InlineData("cheap cheap dog unknown")]
    [InlineData("the the the cat")]
    [InlineData("")]
    public void Score_AnyQuery_EqualsDenseCosine(string query)
    {
        var vocabulary = Documents.SelectMany(Words).Distinct().ToArray();
        var actual = new TfIdf(Documents).Score(query);
        var q = Vector(query);
        for (var d = 0; d < Documents.Length; d++)
        {
            var v = Vector(Documents[d]);
            var norm = Math.Sqrt(v.Sum(x => x * x) * q.Sum(x => x * x));
            Assert.Equal(norm == 0 ? 0 : v.Zip(q, (x, y) => x * y).Sum() / norm, actual[d], 5);
        }

        double[] Vector(string text) => [.. vocabulary.Select(term =>
        {
            var e = Words(text).Count(w => w == term);
            var n = Documents.Count(x => Words(x).Contains(term));
            return e == 0 ? 0 : (1 + Math.Log(e)) * (Math.Log((1.0 + Documents.Length) / (1 + n)) + 1);
        })];
    }

    [Fact]
    public void Score_DocumentItself_IsOneAndFirst()
    {
        var index = new TfIdf(Documents);
        var scores = index.Score(Documents[1]);
        Assert.Equal(1, scores[1], 5);
        Assert.Equal(1, Array.IndexOf(scores, scores.Max()));
        Assert.False(index.HasTerms(2));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
