using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

public class CharacterSpanTests
{
    [Fact]
    public void Union_TouchingAndOverlapping_Joined() =>
        Assert.Equal([[0, 6], [8, 9]], CharacterSpan.Union([new(4, 6), new(0, 3), new(2, 4), new(8, 9)]));

    [Fact]
    public void Union_EndOfSequence_StaysByItself() =>
        Assert.Equal([[5, 8], [8, 8]], CharacterSpan.Union([new(8, 8), new(5, 8)]));
}
