using Tda.Curation.Deduplication;

namespace Tda.Curation.Tests.Deduplication;

public sealed class MinHashTests
{
    [Theory]
    [InlineData(.9, .98, 11, 11)]
    [InlineData(.8, .98, 17, 7)]
    [InlineData(.5, .98, 30, 3)]
    [InlineData(1, .98, 1, 128)]
    public void For_Threshold_HasAsManyRowsAsFit(double threshold, double recall, int bands, int rows)
    {
        var chosen = MinHash.For(threshold, recall);

        Assert.Equal((bands, rows), (chosen.Bands, chosen.Rows));
        Assert.InRange(chosen.Probability(threshold), recall, 1);
    }

    /// <summary>The share of pairs that meet in a band, counted, against 1 − (1 − s^rows)^bands.</summary>
    [Theory]
    [InlineData(.9)]
    [InlineData(.8)]
    [InlineData(.7)]
    [InlineData(.5)]
    public void Read_PairsOfKnownSimilarity_ShareABandAsOftenAsTheCurveSays(double similarity)
    {
        const int pairs = 4000, union = 200;
        var minHash = MinHash.For(.8, .98);
        var random = SplitMix64.Of(7, "pairs");
        var (left, right) = (new uint[minHash.Bands], new uint[minHash.Bands]);
        var met = 0;
        for (var pair = 0; pair < pairs; pair++)
        {
            var all = Enumerable.Range(0, union).Select(_ => random.Next()).ToArray();
            var (common, alone) = ((int)(similarity * union), (int)Math.Round((1 - similarity) * union / 2));
            minHash.Read(all.AsSpan(0, common + alone), left);
            minHash.Read([.. all.AsSpan(0, common), .. all.AsSpan(common + alone)], right);
            met += left.Zip(right).Any(keys => keys.First == keys.Second) ? 1 : 0;
        }

        var expected = minHash.Probability(similarity);
        var deviation = Math.Sqrt(expected * (1 - expected) / pairs);
        Assert.InRange((double)met / pairs, expected - (4 * deviation), expected + (4 * deviation));
    }

    [Fact]
    public void Read_AnyOrderAndRepeats_GivesTheSameKeys()
    {
        var minHash = MinHash.For(.8, .98);
        var (one, other) = (new uint[minHash.Bands], new uint[minHash.Bands]);
        minHash.Read([5UL << 32, 9UL << 32, 1UL << 60], one);
        minHash.Read([1UL << 60, 9UL << 32, 5UL << 32, 9UL << 32], other);

        Assert.Equal(one, other);
    }
}
