using Tda.Labels.Classifiers;

namespace Tda.Labels.Tests.Classifiers;

public class KeywordListTests
{
    private static readonly LabelledText[] Texts =
    [
        .. Enumerable.Range(0, 40).Select(i => LabelledText.Of($"FREE offer! Click now, friend. {(i % 4 == 0 ? "Win a prize" : "")}", true, "spam")),
        .. Enumerable.Range(0, 60).Select(i => LabelledText.Of($"the patch applies, friend. {(i % 2 == 0 ? "now run the tests" : "")}", false, "ham")),
    ];

    [Fact]
    public void Learn_WordsOfOneKind_TheMostTellingFirstAndNoOthers()
    {
        var words = KeywordList.Learn(Texts).Words;

        Assert.Equal(["click", "free", "offer"], words.Take(3).Order());
        Assert.DoesNotContain("friend", words); // as often in both
        Assert.DoesNotContain("patch", words); // of the other kind
        Assert.Equal(2, KeywordList.Learn(Texts, count: 2).Words.Count);
    }

    /// <summary>A word's z by the paper's equations, from counts.</summary>
    [Fact]
    public void Learn_Threshold_IsThatOfThePapersZ()
    {
        // "prize" stands in 10 harmful texts and nowhere else; each word counts once a text.
        double harmful = Texts.Where(text => text.Label == LabelledText.Harm).Sum(Words), other = Texts.Where(text => text.Label != LabelledText.Harm).Sum(Words), all = harmful + other;
        var (a, b) = (10.0 + 10, 0.0 + 10);
        var z = (Math.Log(a / (harmful + all - a)) - Math.Log(b / (other + all - b))) / Math.Sqrt((1 / a) + (1 / b));

        Assert.Equal(z >= 1.96, KeywordList.Learn(Texts).Words.Contains("prize"));
        Assert.InRange(z, 1, 3);

        static double Words(LabelledText text) => text.Text.ToLowerInvariant().Split([' ', '.', ',', '!'], StringSplitOptions.RemoveEmptyEntries).Distinct().Count();
    }

    [Fact]
    public void Learn_OrderOfTexts_ChangesNothing() => Assert.Equal(KeywordList.Learn(Texts).Words, KeywordList.Learn(Texts.Reverse()).Words);

    [Fact]
    public void Learn_NothingTelling_Refuses() => Assert.Throws<UsageException>(
        () => KeywordList.Learn([LabelledText.Of("the same words", true, "a"), LabelledText.Of("the same words", false, "b")]));

    [Theory]
    [InlineData("", 0)]
    [InlineData("1234 !", 0)]
    [InlineData("Free, FREE lunch for all", .4)]
    [InlineData("freedom", 0)]
    public void Score_Text_ShareOfWordsOnTheList(string text, double expected) => Assert.Equal(expected, new KeywordList(["free"]).Score(text), 12);
}
