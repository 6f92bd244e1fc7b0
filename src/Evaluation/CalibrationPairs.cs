using Tda.Evaluation.Lds;

namespace Tda.Evaluation;

/// <summary>Predicted and measured changes of loss, pair by pair, in nats.</summary>
/// <param name="Predicted">What the scores say.</param>
/// <param name="Measured">What retraining gave.</param>
public sealed record CalibrationPairs(IReadOnlyList<double> Predicted, IReadOnlyList<double> Measured)
{
    /// <summary>
    /// A pair for each subset and query: predicted is <c>Σ_{m left out} score(m, q) / N</c>, measured the mean loss over the retrainings on
    /// the subset. Both are centred over a query's subsets, since a bank has no retraining on everything to subtract.
    /// </summary>
    /// <param name="run">Scores of the bank's documents for its queries, matched by id.</param>
    /// <param name="outcomes">The bank.</param>
    /// <exception cref="BadInputException">The run lacks a document or all queries of the bank: says how many.</exception>
    public static CalibrationPairs Of(ScoreRun run, RetrainingOutcomes outcomes)
    {
        var table = RunTable.Of(run);
        var (documents, asked) = (RunTable.Places(table.Documents), RunTable.Places(table.Queries.Select(q => q.Id)));
        var missing = outcomes.Documents.Count(d => !documents.ContainsKey(d));
        if (missing > 0)
        {
            throw new BadInputException(
                run.Directory, $"{missing} of the bank's {outcomes.Documents.Count} documents have no scores",
                remedy: "Score the corpus that the bank was trained on, without a prefilter.");
        }

        int[] columns = [.. outcomes.Documents.Select(id => documents[id])];
        var (predicted, measured) = (new List<double>(), new List<double>());
        foreach (var (query, id) in outcomes.Queries.Index().Where(q => asked.ContainsKey(q.Item)))
        {
            var scores = table.Scores.Row(asked[id]).ToArray();
            predicted.AddRange(Centred(outcomes.Kept.Select(kept =>
                columns.Where((_, d) => !kept[d]).Sum(column => (double)scores[column]) / run.Header.N)));
            measured.AddRange(Centred(LdsGrader.Measured(outcomes, query)));
        }

        return predicted.Count > 0
            ? new CalibrationPairs(predicted, measured)
            : throw new BadInputException(
                run.Directory, "none of its queries is among the bank's", remedy: "Explain the bank's queries, each by itself.");
    }

    /// <summary>Reads a file of <see cref="ChangePair"/>s, a JSON object a line: PBRF runs, removals done elsewhere.</summary>
    /// <exception cref="BadInputException">A line isn't a pair.</exception>
    public static CalibrationPairs Read(string path)
    {
        ChangePair[] pairs = [.. JsonLines.Read<ChangePair>(path)];
        return new CalibrationPairs([.. pairs.Select(p => p.Predicted)], [.. pairs.Select(p => p.Measured)]);
    }

    private static IEnumerable<double> Centred(IEnumerable<double> values)
    {
        double[] all = [.. values];
        var mean = all.Average();
        return all.Select(x => x - mean);
    }
}

/// <summary>A line of a file of pairs: what was predicted, and what a retraining or a PBRF run then gave.</summary>
/// <param name="Predicted">Predicted change of a query's loss, nats: the sum of score / N over the documents taken away.</param>
/// <param name="Measured">Measured change, nats.</param>
public sealed record ChangePair(double Predicted, double Measured);
