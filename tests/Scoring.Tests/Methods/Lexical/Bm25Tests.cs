using Tda.Scoring.Methods;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Tests.Methods.Lexical;

public class Bm25Tests
{
    private static readonly string[] Documents =
    [
        "The cat sat on the mat; the CAT purred.", "A dog barked at the cat", "", "mat mat mat mat", "Buy now! Cheap, cheap pills 4 you",
    ];

    [Theory]
    [InlineData("cat mat")]
    [InlineData("cheap cheap dog unknown")]
    [InlineData("")]
    public void Score_AnyQuery_EqualsNaiveLoop(string query)
    {
        var actual = new Bm25(Documents, new Bm25Options()).Score(query);
        for (var d = 0; d < Documents.Length; d++)
        {
            var words = Split(Documents[d]);
            double expected = 0;
            foreach (var term in Split(query))
            {
                var n = Documents.Count(x => Split(x).Contains(term));
                double e = words.Count(w => w == term);
                if (n > 0)
                {
                    expected += 2.5 * e / (1.5 + e) * Math.Log((5 - n + .5) / (n + .5) + 1);
                }
            }
            Assert.Equal(expected, actual[d], 5);
        }
    }

    [Fact]
    public void Score_LengthNormalisation_LowersLongDocuments()
    {
        string[] documents = ["cat", "cat " + string.Join(' ', Enumerable.Repeat("filler", 50))];
        Assert.Equal(new Bm25(documents, new Bm25Options()).Score("cat")[0], new Bm25(documents, new Bm25Options()).Score("cat")[1]);
        var normalised = new Bm25(documents, new Bm25Options { B = .75 }).Score("cat");
        Assert.True(normalised[0] > normalised[1]);
    }

    [Fact]
    public void Validate_OptionsOutOfRange_AreRefused() =>
        Assert.Contains("b is 2", Assert.Throws<UsageException>(new MethodOptions { Bm25 = new Bm25Options { B = 2 } }.Validate).Message);

    private static string[] Split(string text) =>
        text.ToLowerInvariant().Split([' ', ';', '.', '!', ','], StringSplitOptions.RemoveEmptyEntries);
}
