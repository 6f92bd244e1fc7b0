using FsCheck.Fluent;
using Tda.TestKit;

namespace Tda.Core.Tests.Text;

public class NearestNamesTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    [InlineData("improt", "import", 1)] // neighbours swapped
    public void Distance_OfTwoWords_IsDamerausAndLevenshteins(string one, string other, int distance) =>
        Assert.Equal(distance, NearestNames.Distance(one, other));

    [Fact]
    public void Distance_OfAnyShortWords_EqualsTheRecursiveDefinition()
    {
        var word = Gen.Elements("a", "b", "c").ListOf(5).Select(string.Concat);
        Property.Holds(
            from one in word
            from other in word
            from cut in Gen.Choose(0, 5)
            select (One: one[..cut], Other: other),
            pair => Assert.Equal(Slow(pair.One, pair.Other), NearestNames.Distance(pair.One, pair.Other)));
    }

    [Theory]
    [InlineData("wbe", "web")]
    [InlineData("Web", "web")]
    [InlineData("mail", "mail,mial,mail-2,mail-small")]
    [InlineData("mai", "mail,mail-2,mail-small")]
    [InlineData("zebra", "")]
    [InlineData("x", "")]
    public void Of_AWord_AreThoseThatMayBeMeant(string word, string expected) =>
        Assert.Equal(expected, string.Join(',', NearestNames.Of(word, ["mail", "mail-2", "mial", "web", "mail-small"], most: 4)));

    [Fact]
    public void Question_OfSeveral_JoinsThemByOr()
    {
        Assert.Equal("Did you mean 'web' or 'web2'?", NearestNames.Question("web1", ["other", "web", "web2"]));
        Assert.Null(NearestNames.Question("web", []));
    }

    /// <summary>The definition, letter by letter: the last letters are kept or replaced, one is inserted or deleted, or two are swapped.</summary>
    private static int Slow(string one, string other)
    {
        if (one.Length == 0 || other.Length == 0)
        {
            return one.Length + other.Length;
        }

        var best = Math.Min(
            Math.Min(Slow(one[..^1], other), Slow(one, other[..^1])) + 1,
            Slow(one[..^1], other[..^1]) + (one[^1] == other[^1] ? 0 : 1));
        return one.Length > 1 && other.Length > 1 && one[^1] == other[^2] && one[^2] == other[^1]
            ? Math.Min(best, Slow(one[..^2], other[..^2]) + 1)
            : best;
    }
}
