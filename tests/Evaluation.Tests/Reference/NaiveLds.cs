using Tda.Scoring.Methods;

namespace Tda.Evaluation.Tests.Reference;

/// <summary>The linear datamodelling score as its definition reads: ranks by counting, one query at a time.</summary>
internal static class NaiveLds
{
    public static double Of(ScoreMatrix scores, RetrainingOutcomes outcomes)
    {
        double sum = 0;
        for (var q = 0; q < scores.Targets; q++)
        {
            var (predicted, measured) = (new double[outcomes.Subsets], new double[outcomes.Subsets]);
            for (var m = 0; m < outcomes.Subsets; m++)
            {
                for (var d = 0; d < scores.Documents; d++)
                {
                    if (outcomes.Kept[m][d])
                    {
                        predicted[m] -= scores[q, d];
                    }
                }
                foreach (var retraining in outcomes.Losses[m])
                {
                    measured[m] += retraining[q] / outcomes.Losses[m].Length;
                }
            }
            sum += Spearman(predicted, measured);
        }
        return sum / scores.Targets;
    }

    public static double Spearman(double[] x, double[] y)
    {
        var (rx, ry) = (Ranks(x), Ranks(y));
        double mean = (x.Length + 1) / 2.0, xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            xy += (rx[i] - mean) * (ry[i] - mean);
            xx += (rx[i] - mean) * (rx[i] - mean);
            yy += (ry[i] - mean) * (ry[i] - mean);
        }
        return xy / Math.Sqrt(xx * yy);
    }

    // 1 + how many are smaller + half of the others that are equal.
    private static double[] Ranks(double[] values) =>
        [.. values.Select(v => 1 + values.Count(o => o < v) + (values.Count(o => o.Equals(v)) - 1) / 2.0)];
}
