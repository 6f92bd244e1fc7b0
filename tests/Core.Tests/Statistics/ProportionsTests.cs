namespace Tda.Core.Tests.Statistics;

public class ProportionsTests
{
    /// <summary>Newcombe 1998 (Statistics in Medicine 17, 857–872), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29 by Wilson's method without correction.</summary>
    [Theory]
    [InlineData(81, 263, .2553, .3662)]
    [InlineData(15, 148, .0624, .1605)]
    [InlineData(0, 20, .0000, .1611)]
    [InlineData(1, 29, .0061, .1718)]
    public void Wilson_PublishedCases_SameLimits(int count, int total, double low, double high)
    {
        var interval = Proportions.Wilson(count, total);

        Assert.Equal(low, interval.Low, 4);
        Assert.Equal(high, interval.High, 4);
    }

    /// <summary>Newcombe 1998 (Statistics in Medicine 17, 2635–2650), table II, method 10.</summary>
    [Theory]
    [InlineData(36, 12, 2, 0, .0569, .3404)]
    [InlineData(20, 12, 2, 16, .0562, .3292)]
    [InlineData(18, 14, 0, 18, .1441, .3963)]
    public void PairedDifference_PublishedCases_SameLimits(int both, int onlyFirst, int onlySecond, int neither, double low, double high)
    {
        // The paper's difference is the first less the second, ours the second less the first.
        var interval = Proportions.PairedDifference(both, onlyFirst, onlySecond, neither);

        Assert.Equal(-low, interval.High, 4);
        Assert.Equal(-high, interval.Low, 4);
    }

    [Fact]
    public void PairedDifference_NothingDiffers_HasWidthAroundZero()
    {
        var interval = Proportions.PairedDifference(29, 0, 0, 1);

        Assert.Equal(0, interval.Value);
        Assert.True(interval.Low < 0 && interval.High > 0);
    }

    /// <summary>McNemar's exact test is the sign test on the pairs that differ: 2 · P(X ≤ min(b, c)), X binomial with b + c trials.</summary>
    [Theory]
    [InlineData(10, 2)]
    [InlineData(5, 5)]
    [InlineData(6, 0)]
    [InlineData(1, 0)]
    [InlineData(30, 14)]
    public void SignFlipTest_DifferencesOfOne_IsMcNemarsExactTest(int fixedPairs, int broken)
    {
        int[] differences = [.. Enumerable.Repeat(-1, fixedPairs), .. Enumerable.Repeat(1, broken), 0, 0, 0];
        var n = fixedPairs + broken;
        var tail = Enumerable.Range(0, Math.Min(fixedPairs, broken) + 1).Sum(k => Binomial(n, k)) / Math.Pow(2, n);

        Assert.Equal(Math.Min(1, 2 * tail), Proportions.SignFlipTest(differences), 12);
    }

    [Fact]
    public void SignFlipTest_LargerDifferences_SameAsEverySignTried()
    {
        int[] differences = [3, -1, 2, 2, 0, 1, -2];
        var seen = Math.Abs(differences.Sum());
        var asFar = Enumerable.Range(0, 1 << differences.Length)
            .Count(signs => Math.Abs(differences.Select((d, i) => (signs >> i & 1) == 0 ? d : -d).Sum()) >= seen);

        Assert.Equal(asFar / (double)(1 << differences.Length), Proportions.SignFlipTest(differences), 12);
    }

    [Fact]
    public void SignFlipTest_NoDifferences_IsOne() => Assert.Equal(1, Proportions.SignFlipTest([0, 0, 0]));

    private static double Binomial(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - k + i) / i);
}
