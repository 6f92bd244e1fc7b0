using Tda.Review.Attribution;

namespace Tda.Review.Tests.Attribution;

public class VerbatimOverlapTests
{
    [Fact]
    public void Longest_RandomTextsWithCopies_IsTheLongestCommonRun()
    {
        var random = SplitMix64.Of(3, "overlap");
        for (var round = 0; round < 60; round++)
        {
            string[] document = [.. Enumerable.Range(0, 60).Select(_ => $"w{random.NextInt(4)}")];
            var (from, count) = (random.NextInt(40), random.NextInt(20));
            string[] answer = [.. Enumerable.Range(0, 20).Select(_ => $"w{random.NextInt(4)}"), .. document[from..(from + count)], .. Enumerable.Range(0, 5).Select(_ => $"x{random.NextInt(4)}")];

            var found = VerbatimOverlap.Longest(string.Join("  \n", answer), string.Join(' ', document));

            var expected = LongestLength(answer, document);
            Assert.Equal(expected >= VerbatimOverlap.FewestWords ? expected : 0, found?.Split(' ').Length ?? 0);
            Assert.True(found is null || (string.Join(' ', document).Contains(found, StringComparison.Ordinal) && string.Join(' ', answer).Contains(found, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("one two three", "one two three")]
    [InlineData("a b c d e f g", "a b c d e f g")]
    public void Longest_ShortOrNothing_None(string answer, string document) => Assert.Null(VerbatimOverlap.Longest(answer, document));

    private static int LongestLength(string[] one, string[] other)
    {
        var best = 0;
        for (var i = 0; i < one.Length; i++)
        {
            for (var j = 0; j < other.Length; j++)
            {
                var n = 0;
                while (i + n < one.Length && j + n < other.Length && one[i + n] == other[j + n])
                {
                    n++;
                }

                best = Math.Max(best, n);
            }
        }

        return best;
    }
}
