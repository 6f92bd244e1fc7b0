using Tda.ProxyTrainer.Drift;

namespace Tda.ProxyTrainer.Tests.Drift;

public class FourierFeaturesTests
{
    private static readonly string[] Texts =
    [
        "Dear friend, claim your prize now!", "Dear friend, claim your prize today!", "The committee will meet on Monday.", "", "!!!", "été 🙂 naïve",
        "The committee will meet on Monday. The committee will meet on Monday. The committee will meet on Monday.",
    ];

    [Fact]
    public void Of_ManyFeatures_TheirProductsAreTheGaussianKernel()
    {
        var features = new FourierFeatures(1, 4096);
        foreach (var one in Texts)
        {
            foreach (var other in Texts)
            {
                // cos averaged over D directions: its standard deviation is at most 1/√(2·4096) = .011, times √2 for the phases.
                var estimate = features.Of(one).Zip(features.Of(other), (a, b) => (double)a * b).Sum();
                Assert.Equal(Kernel(one, other), estimate, .06);
            }
        }

        Assert.True(Kernel(Texts[0], Texts[1]) > Kernel(Texts[0], Texts[2]));
        Assert.True(Kernel(Texts[2], Texts[6]) < 1 - 1e-6, "a text thrice as long differs in length");
    }

    [Fact]
    public void Of_SameSeedAndText_Same_AndLongTextsReadByTheirBeginning()
    {
        Assert.Equal(new FourierFeatures(3, 64).Of(Texts[0]), new FourierFeatures(3, 64).Of(Texts[0]));
        Assert.NotEqual(new FourierFeatures(3, 64).Of(Texts[0]), new FourierFeatures(4, 64).Of(Texts[0]));
        Assert.All(new FourierFeatures(3, 64).Of(new string('a', 100_000)), value => Assert.True(float.IsFinite(value)));
    }

    private static double Kernel(string one, string other)
    {
        var (x, y) = (FourierFeatures.Grams(one, one.Length).ToDictionary(), FourierFeatures.Grams(other, other.Length).ToDictionary());
        return Math.Exp(-x.Keys.Union(y.Keys).Sum(k => Math.Pow(x.GetValueOrDefault(k) - y.GetValueOrDefault(k), 2)) / 2);
    }
}
