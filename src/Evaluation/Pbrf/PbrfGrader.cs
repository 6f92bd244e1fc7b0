namespace Tda.Evaluation.Pbrf;

/// <summary>
/// Scores against proximal Bregman responses (2209.05364), which damped Gauss-Newton influence estimates: the numerics of a method
/// are judged here, not what retraining would give.
/// </summary>
public static class PbrfGrader
{
    /// <summary>Grades scores [targets, documents] on the documents whose responses are known.</summary>
    /// <exception cref="BadInputException">Fewer than three documents have both a response and a score.</exception>
    public static PbrfGrade Grade(ScoreMatrix scores, PbrfResult responses, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        int[] known = [.. Enumerable.Range(0, responses.Documents.Count)
            .Where(i => responses.Changes[i].All(double.IsFinite) && !float.IsNaN(scores[0, responses.Documents[i]]))];
        if (known.Length < 3)
        {
            throw new BadInputException(
                "pbrf", $"{known.Length} documents have both a response and a score; a correlation needs at least 3");
        }

        var agreement = new ScoreAgreement([.. Enumerable.Range(0, scores.Targets).Select(t => (
            known.Select(i => (double)scores[t, responses.Documents[i]]).ToArray(),
            known.Select(i => responses.Changes[i][t]).ToArray()))]);
        return new PbrfGrade(
            agreement.Mean(Correlation.Pearson, options), agreement.Mean(Correlation.Spearman, options), known.Length, scores.Targets,
            known.Count(i => !responses.Converged[i]), responses.Damping);
    }

    /// <summary>Documents drawn at random, in ascending order. (The strongest alone would flatter every method.)</summary>
    /// <param name="documents">How many there are.</param>
    /// <param name="count">How many to draw; all when there are fewer.</param>
    /// <param name="seed">Of the draw.</param>
    public static IReadOnlyList<int> Draw(int documents, int count, long seed)
    {
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        var keyed = Enumerable.Range(0, documents).Select(d => (Document: d, Key: random.Next()));
        return [.. keyed.OrderBy(d => d.Key).Take(count).Select(d => d.Document).Order()];
    }
}

/// <summary>How scores agree with proximal Bregman responses, mean over queries.</summary>
/// <param name="Pearson">Pearson's correlation over documents, with its interval over documents and queries.</param>
/// <param name="Spearman">Spearman's, likewise.</param>
/// <param name="Documents">Documents whose response is known.</param>
/// <param name="Queries">Queries.</param>
/// <param name="NotConverged">Documents whose optimum was not reached; they are counted among the documents.</param>
/// <param name="Damping">λ of the responses.</param>
public sealed record PbrfGrade(Interval Pearson, Interval Spearman, int Documents, int Queries, int NotConverged, double Damping);
