using Tda.Core.Scores;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Units;

/// <summary>
/// Scores of an ensemble's members as they come in: their mean, which is what is reported, and how far they are apart. A document that
/// is NaN for a member is NaN in the mean.
/// </summary>
public sealed class EnsembleScores
{
    private readonly double[] mean;
    private readonly double[] squares;
    private readonly int documents;

    /// <summary>None yet.</summary>
    public EnsembleScores(int targets, int documents)
    {
        (Targets, this.documents) = (targets, documents);
        mean = new double[checked(targets * documents)];
        squares = new double[mean.Length];
    }

    /// <summary>Number of targets.</summary>
    public int Targets { get; }

    /// <summary>Members added.</summary>
    public int Members { get; private set; }

    /// <summary>Adds a member's scores (Welford's update, so that nothing cancels).</summary>
    public void Add(ScoreMatrix scores)
    {
        Members++;
        for (var t = 0; t < Targets; t++)
        {
            var row = scores.Row(t);
            for (var d = 0; d < row.Length; d++)
            {
                var at = t * documents + d;
                var delta = row[d] - mean[at];
                mean[at] += delta / Members;
                squares[at] += delta * (row[d] - mean[at]);
            }
        }
    }

    /// <summary>The members' mean.</summary>
    public ScoreMatrix Mean()
    {
        var scores = new ScoreMatrix(Targets, documents);
        for (var t = 0; t < Targets; t++)
        {
            for (var d = 0; d < documents; d++) scores[t, d] = (float)mean[t * documents + d];
        }
        return scores;
    }

    /// <summary>Standard deviation over the members (n − 1); null with one.</summary>
    public double? Spread(int target, int document) =>
        Members < 2 ? null : Math.Sqrt(squares[target * documents + document] / (Members - 1));

    /// <summary>95 % interval of the mean, by Student's t: members differ in seed and order, and stand for all that could have been trained.</summary>
    public ValueInterval? Interval(int target, int document)
    {
        if (Spread(target, document) is not { } spread) return null;
        var half = StudentT.Factor(Members - 1) * spread / Math.Sqrt(Members);
        var center = mean[target * documents + document];
        return new ValueInterval(center - half, center + half);
    }
}
