using Tda.Labels.Agreement;

namespace Tda.Labels.Tests.Agreement;

public sealed class LabelAgreementTests
{
    /// <summary>Cohen's own kind of table: of 50, both yes 20, both no 15, one yes alone 5, the other alone 10: p_o .7, p_e .5, κ .4.</summary>
    [Fact]
    public void CohensKappa_FourfoldTable_AsByHand()
    {
        bool[] one = [.. Enumerable.Repeat(true, 25), .. Enumerable.Repeat(false, 25)];
        bool[] other = [.. Enumerable.Repeat(true, 20), .. Enumerable.Repeat(false, 5), .. Enumerable.Repeat(true, 10), .. Enumerable.Repeat(false, 15)];

        Assert.Equal(.4, RaterAgreement.CohensKappa(one, other)!.Value, 1e-12);
        Assert.Equal(1, RaterAgreement.CohensKappa(one, one)!.Value, 1e-12);
        Assert.Null(RaterAgreement.CohensKappa((bool[])[true, true], [true, true]));
        Assert.Equal(1, RaterAgreement.CohensKappa((string[])["a", "b", "c"], ["a", "b", "c"])!.Value, 1e-12);
    }

    /// <summary>Five texts in two bins: .1, .15 (one of two so) and .9, .95, 1 (two of three so).</summary>
    [Fact]
    public void Of_FiveTexts_AsByHand()
    {
        LabelVerdict[] texts =
        [
            new(.1, false, false, "a"), new(.15, false, true, "a"),
            new(.9, true, true, "a"), new(.95, true, false, "b"), new(1, true, true, "a"),
        ];

        var agreement = LabelAgreement.Of("harm", texts);

        Assert.Equal((3, 2), (agreement.Positive, agreement.Negative));
        Assert.Equal(.6, agreement.Accuracy, 1e-12);
        Assert.Equal(4.0 / 6, agreement.Auroc!.Value, 1e-12); // .15 > .1; .9 > .1; 1 > .1, .95; not .15, .9 > .95
        Assert.Equal((2.0 / 3, .5), (agreement.TruePositiveRate!.Value, agreement.FalsePositiveRate!.Value));
        Assert.Equal([(2, .125, .5), (3, .95, 2.0 / 3)], agreement.Reliability.Select(bin => (bin.Texts, Math.Round(bin.MeanValue, 9), bin.PositiveShare)));
        Assert.Equal((.4 * .375) + (.6 * (.95 - (2.0 / 3))), agreement.CalibrationError, 1e-9);
        Assert.Equal([("a", 0.0), ("b", 1.0)], agreement.FalsePositiveRates.Select(kind => (kind.Key, kind.Value)));
        Assert.Equal((.6 - .52) / .48, agreement.Kappa!.Value, 1e-12); // 3 of 5 yes in both: p_e = .36 + .16
    }

    [Fact]
    public void Of_OneClassAlone_LeavesOpenWhatCannotBeKnown()
    {
        var agreement = LabelAgreement.Of("harm", [new(.1, false, false, "a"), new(.7, true, false, "a")]);

        Assert.Null(agreement.Auroc);
        Assert.Null(agreement.TruePositiveRate);
        Assert.Equal(.5, agreement.FalsePositiveRate);
    }
}
