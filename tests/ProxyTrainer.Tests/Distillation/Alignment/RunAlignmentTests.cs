using FsCheck;
using FsCheck.Fluent;
using Tda.ProxyTrainer.Distillation.Alignment;
using Property = Tda.TestKit.Property;

namespace Tda.ProxyTrainer.Tests.Distillation.Alignment;

public class RunAlignmentTests
{
    [Fact]
    public void Align_KnownCuts_SmallestRuns()
    {
        // "the" "re" " is" against "t" "here" " i" "s": "there" needs two and two, " is" one and two.
        Assert.Equal([new(0, 2, 0, 2), new(2, 1, 2, 2)], RunAlignment.Align([3, 5, 8], [1, 5, 7, 8]));
        // A token without text in the middle belongs to what follows; the end of the answer is a run of its own.
        Assert.Equal([new(0, 1, 0, 1), new(1, 2, 1, 1), new(3, 1, 2, 1)], RunAlignment.Align([2, 2, 4, 4], [2, 4, 4]));
        // More such tokens at the end than the other side has are its last run's.
        Assert.Equal([new(0, 3, 0, 1)], RunAlignment.Align([4, 4, 4], [4]));
        Assert.Empty(RunAlignment.Align([], []));
    }

    [Theory]
    [InlineData(new[] { 3 }, new[] { 4 })]
    [InlineData(new int[0], new[] { 1 })]
    public void Align_OtherTexts_Throw(int[] upstream, int[] surrogate) =>
        Assert.Throws<ArgumentException>(() => RunAlignment.Align(upstream, surrogate));

    [Fact]
    public void Align_AnyCuts_RunsCoverBothSidesInOrderAndCannotBeSmaller()
    {
        var cuts = Gen.Choose(1, 60).SelectMany(length => Cuts(length).SelectMany(upstream => Cuts(length).Select(surrogate => (upstream, surrogate))));
        Property.Holds(cuts, pair =>
        {
            var (upstream, surrogate) = pair;
            var (i, j) = (0, 0);
            foreach (var run in RunAlignment.Align(upstream, surrogate))
            {
                Assert.Equal((i, j), (run.Upstream, run.Surrogate));
                (i, j) = (i + run.UpstreamCount, j + run.SurrogateCount);
                Assert.Equal(upstream[i - 1], surrogate[j - 1]);
                // Inside of a run the sides have no common end.
                Assert.Empty(upstream[run.Upstream..(i - 1)].Intersect(surrogate[run.Surrogate..(j - 1)]));
            }

            Assert.Equal((upstream.Length, surrogate.Length), (i, j));
        });
    }

    [Fact]
    public void Align_EqualCuts_OneTokenEach() => Property.Holds(Gen.Choose(1, 60).SelectMany(Cuts), cuts =>
        Assert.All(RunAlignment.Align(cuts, cuts), run => Assert.Equal((1, 1), (run.UpstreamCount, run.SurrogateCount))));

    // Increasing ends, the last at the text's end.
    private static Gen<int[]> Cuts(int length) => Gen.Choose(0, 1).ListOf(length - 1)
        .Select(bits => bits.Select((bit, at) => bit * (at + 1)).Where(end => end > 0).Append(length).ToArray());
}
