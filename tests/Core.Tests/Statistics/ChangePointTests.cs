namespace Tda.Core.Tests.Statistics;

public class ChangePointTests
{
    [Fact]
    public void Pettitt_ByHand_PlaceAndStatistic()
    {
        // Ranks 1 2 3 | 4 5 6: U₃ = 2·6 − 3·7 = −9.
        var found = ChangePoint.Pettitt([.1, .2, .3, 1.1, 1.2, 1.3]);
        Assert.Equal((3, 9.0), (found.Place, found.Statistic));
        Assert.Equal(.2, found.Before, 12);
        Assert.Equal(1.2, found.After, 12);

        // Of the 6! orders those with all small ones on one side have |U| = 9: 2·3!·3! = 72 of 720.
        Assert.Equal(.1, ChangePoint.Pettitt([.1, .2, .3, 1.1, 1.2, 1.3], shuffles: 9999, seed: 2).P, .01);
    }

    [Fact]
    public void Pettitt_WeeksWithAChange_FindsIt()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = SplitMix64.Of(seed);
            double[] losses = [.. Enumerable.Range(0, 160).Select(i => 3 + (.3 * random.NextNormal()) + (i < 100 ? 0 : .3))];
            var found = ChangePoint.Pettitt(losses, seed: seed);
            Assert.True(found.P <= .01, $"seed {seed}: {found}");
            Assert.InRange(found.Place, 80, 120);
        }
    }

    [Fact]
    public void Pettitt_SeriesWithoutAChange_PValuesAreUniform()
    {
        double[] p = [.. Enumerable.Range(0, 200).Select(seed =>
        {
            var random = SplitMix64.Of(seed, "no change");
            return ChangePoint.Pettitt([.. Enumerable.Range(0, 40).Select(_ => Math.Exp(random.NextNormal()))], shuffles: 199, seed: seed).P;
        })];

        // 2σ of a share of 200: .031 at .05, .071 at .5.
        Assert.InRange(p.Count(value => value <= .05) / 200.0, 0, .081);
        Assert.InRange(p.Count(value => value <= .5) / 200.0, .42, .58);
    }

    [Fact]
    public void Pettitt_ConstantSeries_NoEvidence() => Assert.Equal(1, ChangePoint.Pettitt([2, 2, 2, 2]).P);

    [Fact]
    public void Pettitt_OneValue_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => ChangePoint.Pettitt([1]));
}
