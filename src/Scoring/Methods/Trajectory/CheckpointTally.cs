namespace Tda.Scoring.Methods.Trajectory;

/// <summary>Adds up scores over checkpoints.</summary>
internal static class CheckpointTally
{
    /// <summary>
    /// Adds <paramref name="weight"/> times a part to the rows of a matrix that begin at <paramref name="first"/>; NaN stays NaN.
    /// </summary>
    public static void Add(ScoreMatrix sum, ScoreMatrix part, int first, double weight)
    {
        for (var t = 0; t < part.Targets; t++)
        {
            var to = sum.Row(first + t);
            var from = part.Row(t);
            for (var d = 0; d < from.Length; d++)
            {
                to[d] += (float)(weight * from[d]);
            }
        }
    }
}
