namespace Tda.Scoring.Methods.Lexical;

/// <summary>Reciprocal-rank fusion (Cormack, Clarke and Büttcher 2009): <c>Σ_i 1 / (k + rank_i(d))</c> over rankings i.</summary>
public static class RankFusion
{
    /// <summary>
    /// The fused score of every document. A rank is from 1 by the <em>signed</em> score, strongest proponent first, so that an opponent
    /// comes last however strong it is; ties share their mean rank. A document that is NaN in one of the rankings is NaN.
    /// </summary>
    /// <param name="rankings">Scores of the same documents, one array a ranking.</param>
    /// <param name="k">Damps the first ranks; above 0.</param>
    public static float[] Fuse(IReadOnlyList<float[]> rankings, double k)
    {
        var fused = new double[rankings[0].Length];
        var present = Enumerable.Range(0, fused.Length).Where(d => rankings.All(r => !float.IsNaN(r[d]))).ToArray();
        Array.Fill(fused, double.NaN);
        foreach (var d in present)
        {
            fused[d] = 0;
        }

        foreach (var ranking in rankings)
        {
            // Ascending ranks of the negated scores are descending ranks, ties at their mean.
            var ranks = Correlation.Ranks([.. present.Select(d => -(double)ranking[d])]);
            for (var i = 0; i < present.Length; i++)
            {
                fused[present[i]] += 1 / (k + ranks[i]);
            }
        }
        return [.. fused.Select(f => (float)f)];
    }
}
