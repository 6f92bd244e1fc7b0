namespace Tda.Scoring.Methods;

/// <summary>
/// The share of the next stage's best k documents that a stage passed on. Where the next stage scored all documents it is exact; where it
/// scored the survivors and a random sample of n of the m others, each of the sample stands for m/n documents (Horvitz and Thompson
/// 1952): documents are taken from the top by weight until k are, and the recall is the survivors' share of them.
/// </summary>
/// <param name="Top">k.</param>
/// <param name="Value">Mean over targets, 0 to 1.</param>
/// <param name="Sample">n: documents that did not survive and were scored, at most, a target.</param>
/// <param name="Exact">Whether that were all of them.</param>
public sealed record StageRecall(int Top, double Value, int Sample, bool Exact)
{
    /// <summary>One target's recall; NaN with nothing to recall.</summary>
    /// <param name="survivors">The next stage's scores of survivors.</param>
    /// <param name="sampled">Its scores of sampled others.</param>
    /// <param name="others">m: how many did not survive.</param>
    /// <param name="top">k.</param>
    public static double Estimate(IEnumerable<float> survivors, IReadOnlyCollection<float> sampled, int others, int top)
    {
        var weight = sampled.Count == 0 ? 0 : (double)others / sampled.Count;
        double taken = 0, kept = 0;
        // Equal scores: the others first, so that the estimate errs to the low side.
        foreach (var (_, own, survived) in survivors.Select(s => (Score: s, Weight: 1.0, Survived: true))
                     .Concat(sampled.Select(s => (Score: s, Weight: weight, Survived: false)))
                     .Where(x => !float.IsNaN(x.Score)).OrderByDescending(x => x.Score).ThenBy(x => x.Survived))
        {
            var part = Math.Min(own, top - taken);
            taken += part;
            if (survived)
            {
                kept += part;
            }

            if (taken >= top)
            {
                break;
            }
        }
        return taken > 0 ? kept / taken : double.NaN;
    }
}
