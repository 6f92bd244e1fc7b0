using Tda.Bench.Peers;

namespace Tda.Evaluation.Tests.Peers;

/// <summary>The arithmetic of the table beside other libraries.</summary>
public class PeerComparisonTests
{
    [Fact]
    public void Agreement_IsSpearmanOfEachQuery_MeanAndLowest()
    {
        // Ranks by hand: 1 − 6 Σd²/(n(n² − 1)). The second query's differ by (2, 0, 1, 3).
        var agreement = PeerAgreement.Of("a", [[1, 2, 3, 4], [10, 20, 30, 40]], "b", [[-1, 0, 5, 7], [3, 2, 4, 1]]);
        Assert.Equal(("a", "b"), (agreement.First, agreement.Second));
        Assert.Equal(-.4, agreement.Lowest, 12); // 1 − 6·14/60
        Assert.Equal(.3, agreement.Mean, 12);
    }

    [Fact]
    public void Agreement_DoesNotDependOnScaleOrOrderOfDocuments()
    {
        double[][] x = [[.3, -1, 2, 8, 0], [1, 5, 2, 9, -3]], y = [[1, 0, 4, 3, 2], [2, 1, 0, 5, 4]];
        int[] order = [3, 1, 4, 0, 2];
        var plain = PeerAgreement.Of("a", x, "b", y);
        var moved = PeerAgreement.Of(
            "a", [.. x.Select(row => order.Select(d => 1e6 * row[d]).ToArray())], "b", [.. y.Select(row => order.Select(d => row[d] - 7).ToArray())]);
        Assert.Equal(plain.Mean, moved.Mean, 12);
        Assert.Equal(plain.Lowest, moved.Lowest, 12);
        Assert.Equal(1, PeerAgreement.Of("a", x, "a", x).Lowest, 12);
    }

    [Fact]
    public void Agreement_OfOtherShapes_OrWithoutAnOrder_IsRefused()
    {
        var shapes = Assert.Throws<TdaException>(() => PeerAgreement.Of("a", [[1, 2, 3]], "b", [[1, 2]]));
        Assert.Contains("a has scores of (1, 3), b of (1, 2)", shapes.Message, StringComparison.Ordinal);
        foreach (var broken in (double[][])[[5, 5, 5], [1, double.NaN, 2]])
        {
            var error = Assert.Throws<TdaException>(() => PeerAgreement.Of("a", [[1, 2, 3], [1, 2, 3]], "b", [[1, 2, 3], broken]));
            Assert.Contains("in query 1", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Ratios_AreTakenWithinRounds_AboveOneWhereWeAreFaster()
    {
        // In the second round all is three times as slow: within rounds that cancels.
        var row = Row([(2, 1, 100), (6, 3, 100), (2, 1, 100)], [(4, 3, 50), (12, 9, 50), (5, 4, 50)]);
        Assert.Equal(2, row.ProcessRatios["other"].Median, 12);
        Assert.Equal(3, row.WorkRatios["other"].Median, 12);
        Assert.Equal(.5, row.PeakRatios["other"].Median, 12);
        Assert.Equal((2, 5), (row.ProcessSeconds["tda"], row.ProcessSeconds["other"]));
        Assert.Equal(4, row.WorkSeconds["other"], 12);
        Assert.Equal(100 / (double)(1 << 20), row.PeakMebibytes["tda"], 12);
        Assert.DoesNotContain("tda", row.ProcessRatios.Keys);
    }

    [Fact]
    public void Ratios_OfUnequalRounds_AreRefused()
    {
        var row = Row([(2, 1, 100), (2, 1, 100)], [(4, 3, 50)]);
        Assert.Contains("other has 1 rounds, tda 2", Assert.Throws<TdaException>(() => row.ProcessRatios).Message, StringComparison.Ordinal);
    }

    private static PeerRow Row((double Process, double Cpu, double Peak)[] own, (double Process, double Cpu, double Peak)[] other) =>
        new("work", new Dictionary<string, List<PeerSample>>
        {
            [PeerRow.Own] = [.. own.Select(Sample)],
            ["other"] = [.. other.Select(Sample)],
        });

    private static PeerSample Sample((double Process, double Cpu, double Peak) s) => new(s.Cpu, s.Cpu, s.Process, s.Peak, 0);
}
