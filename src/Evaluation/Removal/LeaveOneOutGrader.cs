using Tda.Evaluation.Lds;

namespace Tda.Evaluation.Removal;

/// <summary>
/// Scores against leave-one-out: over the documents that some subset lacks alone, the correlation of score(m, q) with the mean loss of
/// the models trained without m. The loss with all documents would only shift the latter, so it isn't needed.
/// <para>Damped influence is no estimate of leave-one-out (calibrated correlation .2): noise of retraining hides single documents.</para>
/// </summary>
public static class LeaveOneOutGrader
{
    /// <summary>Grades scores in the bank's order.</summary>
    /// <exception cref="BadInputException">Fewer than three documents were left out alone.</exception>
    public static LeaveOneOutResult Grade(ScoreMatrix scores, RetrainingOutcomes outcomes, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        var left = Enumerable.Range(0, outcomes.Subsets)
            .Where(m => outcomes.Kept[m].Count(k => !k) == 1)
            .Select(m => (Subset: m, Document: Array.IndexOf(outcomes.Kept[m], false)))
            .Where(l => !float.IsNaN(scores[0, l.Document])).ToArray();
        if (left.Length < 3)
        {
            throw new BadInputException("bank", $"{left.Length} documents with scores were left out alone; a correlation needs at least 3");
        }

        var queries = Enumerable.Range(0, scores.Targets).Select(q =>
        {
            var measured = LdsGrader.Measured(outcomes, q);
            return (Score: left.Select(l => (double)scores[q, l.Document]).ToArray(), Loss: left.Select(l => measured[l.Subset]).ToArray());
        }).Where(q => q.Loss.Distinct().Count() > 1).ToArray();
        if (queries.Length == 0)
        {
            throw new BadInputException("bank", "no query's loss differs between the documents left out");
        }

        var agreement = new ScoreAgreement(queries);
        return new LeaveOneOutResult(
            agreement.Mean(Correlation.Pearson, options), agreement.Mean(Correlation.Spearman, options), left.Length, queries.Length);
    }
}

/// <summary>How scores agree with leave-one-out retraining, mean over queries.</summary>
/// <param name="Pearson">Pearson's correlation over the documents left out, with its interval over documents and queries.</param>
/// <param name="Spearman">Spearman's, likewise.</param>
/// <param name="Documents">Documents left out, each alone.</param>
/// <param name="Queries">Queries that could be graded.</param>
public sealed record LeaveOneOutResult(Interval Pearson, Interval Spearman, int Documents, int Queries);
