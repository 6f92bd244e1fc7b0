using Tda.Scoring.Methods;

namespace Tda.Scoring.Evaluation;

/// <summary>Scores of an ensemble: the mean of its members' scores.</summary>
public static class MeanScores
{
    /// <summary>The mean. A document that any member set apart has no score.</summary>
    public static ScoreMatrix Of(IReadOnlyList<ScoreMatrix> members)
    {
        if (members.Count == 0) throw new ArgumentException("there are no members", nameof(members));
        var mean = new ScoreMatrix(members[0].Targets, members[0].Documents);
        for (var q = 0; q < mean.Targets; q++)
        {
            for (var d = 0; d < mean.Documents; d++)
            {
                double sum = 0;
                foreach (var member in members) sum += member[q, d];
                mean[q, d] = (float)(sum / members.Count);
            }
        }
        return mean;
    }
}
