namespace Tda.ProxyTrainer.Distillation;

/// <summary>Rank correlation: Pearson's of the ranks, ties sharing their mean rank.</summary>
internal static class Spearman
{
    /// <summary>Between −1 and 1; 0 when either side is constant, since there is no order to agree on.</summary>
    public static double Correlation(double[] a, double[] b)
    {
        var x = Ranks(a);
        var y = Ranks(b);
        var mean = (a.Length - 1) / 2.0;
        double Dot(double[] u, double[] v) => u.Zip(v, (p, q) => (p - mean) * (q - mean)).Sum();
        var spread = Math.Sqrt(Dot(x, x) * Dot(y, y));
        return spread == 0 ? 0 : Dot(x, y) / spread;
    }

    private static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
        var ranks = new double[values.Length];
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = start + 1;
            while (end < order.Length && values[order[end]] == values[order[start]])
            {
                end++;
            }

            for (var i = start; i < end; i++)
            {
                ranks[order[i]] = (start + end - 1) / 2.0;
            }
        }

        return ranks;
    }
}
