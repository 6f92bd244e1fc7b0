namespace Tda.Core.Scores;

/// <summary>
/// What a document drawn at random scores for one query of a run: the mean and the standard deviation over all documents with a score. It
/// needs no sample, since the run has every document's score; the deviation is that of the draw, with the number of documents in the
/// denominator.
/// </summary>
/// <param name="Mean">Expected score of a document drawn at random.</param>
/// <param name="Deviation">Its standard deviation; 0 where all documents score alike.</param>
public sealed record ScoreBackground(double Mean, double Deviation)
{
    /// <summary>Of one query's scores, one a document; NaN (set apart) is left out.</summary>
    public static ScoreBackground Of(ReadOnlySpan<float> scores)
    {
        double[] scored = [.. scores.ToArray().Where(score => !float.IsNaN(score)).Select(score => (double)score)];
        if (scored.Length == 0)
        {
            return new ScoreBackground(0, 0);
        }

        var mean = scored.Average();
        // Of equal scores the mean may differ from each by a rounding, which is no deviation.
        var deviation = scored.Min() == scored.Max() ? 0 : Math.Sqrt(scored.Average(score => (score - mean) * (score - mean)));
        return new ScoreBackground(mean, deviation);
    }

    /// <summary>
    /// z: how many standard deviations a score lies above that of a document drawn at random. It has no unit, so it may be compared between
    /// queries and between methods. Null where all documents score alike.
    /// </summary>
    public double? Z(double score) => Deviation > 0 ? (score - Mean) / Deviation : null;
}
