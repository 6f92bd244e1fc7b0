namespace Tda.Core.Tests.Statistics;

public class RaterAgreementTests
{
    [Fact]
    public void CohensKappa_FourfoldTable_AsByHand()
    {
        // 20 yes-yes, 15 no-no, 5 yes-no, 10 no-yes: p_o = .7, p_e = .5, κ = .4.
        bool[] one = [.. Enumerable.Repeat(true, 25), .. Enumerable.Repeat(false, 25)];
        bool[] other = [.. Enumerable.Repeat(true, 20), .. Enumerable.Repeat(false, 5), .. Enumerable.Repeat(true, 10), .. Enumerable.Repeat(false, 15)];

        Assert.Equal(.4, RaterAgreement.CohensKappa(one, other)!.Value, 1e-12);
        Assert.Equal(1, RaterAgreement.CohensKappa(one, one)!.Value, 1e-12);
        Assert.Null(RaterAgreement.CohensKappa((bool[])[true, true], [true, true]));
    }

    [Fact]
    public void KrippendorffsAlpha_TwoRatersNoGaps_AsByHand()
    {
        // Ten things, two raters: pairs 00 ×4, 11 ×3, 01 or 10 ×3. Values: 11 zeros, 9 ones of 20.
        // D_o = Σ of differing ordered pairs / 1 = 6; D_e = (11·9 + 9·11) / 19 = 198 / 19; α = 1 − 6·19/198.
        int[][] things = [[0, 0], [0, 0], [0, 0], [0, 0], [1, 1], [1, 1], [1, 1], [0, 1], [1, 0], [0, 1]];

        Assert.Equal(1 - 6.0 * 19 / 198, RaterAgreement.KrippendorffsAlpha(things.Select(thing => (IReadOnlyList<int>)thing))!.Value, 1e-12);
    }

    [Fact]
    public void KrippendorffsAlpha_SeveralRatersWithGaps_IsTheCoincidenceMatrixs()
    {
        var random = SplitMix64.Of(7, "raters");
        int[][] things = [.. Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 1 + random.NextInt(4)).Select(_ => random.NextInt(3)).ToArray())];

        Assert.Equal(Reference(things), RaterAgreement.KrippendorffsAlpha(things.Select(thing => (IReadOnlyList<int>)thing))!.Value, 1e-12);
    }

    [Fact]
    public void KrippendorffsAlpha_NothingToCompare_Null()
    {
        Assert.Null(RaterAgreement.KrippendorffsAlpha<int>([[1], [2]]));
        Assert.Null(RaterAgreement.KrippendorffsAlpha<int>([[1, 1], [1, 1]]));
    }

    /// <summary>The definition: a matrix of coincidences o(c, k), its margins n(c), and 1 − (n − 1) Σ o(c, k≠c) / Σ n(c) n(k≠c).</summary>
    private static double Reference(int[][] things)
    {
        var matrix = new double[3, 3];
        foreach (var values in things.Where(values => values.Length > 1))
        {
            for (var i = 0; i < values.Length; i++)
            {
                for (var j = 0; j < values.Length; j++)
                {
                    if (i != j)
                    {
                        matrix[values[i], values[j]] += 1.0 / (values.Length - 1);
                    }
                }
            }
        }

        double[] margins = [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 3).Sum(k => matrix[c, k]))];
        double observed = 0, expected = 0;
        for (var c = 0; c < 3; c++)
        {
            for (var k = 0; k < 3; k++)
            {
                observed += c == k ? 0 : matrix[c, k];
                expected += c == k ? 0 : margins[c] * margins[k];
            }
        }

        return 1 - (margins.Sum() - 1) * observed / expected;
    }
}
