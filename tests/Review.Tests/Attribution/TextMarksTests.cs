using Tda.Core.Masks;
using Tda.Review.Attribution;

namespace Tda.Review.Tests.Attribution;

public class TextMarksTests
{
    private const string Text = "alpha beta gamma";

    [Fact]
    public void Of_ScoresAndMask_EveryCharacterOnceInOrder()
    {
        TokenScore[] tokens = [new("d", 1, 0, 5, 10), new("d", 2, 5, 10, -4), new("d", 3, 10, 16, 0), new("d", 4, 16, 16, 9)];

        var marks = TextMarks.Of(Text, tokens, new DocumentMask("d", [2], [[5, 10]]), 100);

        Assert.Equal(Text, string.Concat(marks.Select(mark => mark.Text)));
        Assert.Equal([(5, false), (2, true), (0, false)], marks.Select(mark => (mark.Level, mark.Masked)));
        Assert.Equal([10.0, -4, 0], marks.Select(mark => mark.Score!.Value));
    }

    [Fact]
    public void Of_NoScores_IsTheText() => Assert.Equal([new TextMark(Text, null, 0, false)], TextMarks.Of(Text, [], null, 100));

    [Fact]
    public void Of_CutAndOverlappingTokens_KeepsToTheCut()
    {
        TokenScore[] tokens = [new("d", 1, 0, 5, 1), new("d", 1, 3, 8, 1), new("d", 2, 6, 10, 1)];

        var marks = TextMarks.Of(Text, tokens, null, 8);

        Assert.Equal(Text[..8], string.Concat(marks.Select(mark => mark.Text)));
    }

    [Fact]
    public void Of_Logprobs_TheUnlikelyAreStrong()
    {
        var marks = TextMarks.Of([new TokenLogprob("sure", -.01, []), new TokenLogprob("odd", -3.2, []), new TokenLogprob("wild", -40, []), new TokenLogprob("?", null, [])], 100);

        Assert.Equal([0, 3, 5, 0], marks.Select(mark => mark.Level));
    }
}
