namespace Tda.Evaluation.Lds;

/// <summary>
/// The linear datamodelling score (Park et al. 2023, 2303.14186, §2): over random subsets S of the documents, Spearman's correlation
/// between the predicted loss <c>−Σ_{m∈S} score(m, q)</c> and the measured mean loss of models trained on S; mean over queries.
/// <para>Sign: keeping a proponent lowers the loss, so right scores give a positive LDS.</para>
/// </summary>
public static class LdsGrader
{
    /// <summary>Grades scores [queries, documents] in the bank's order of queries and documents.</summary>
    /// <exception cref="BadInputException">The outcomes hold fewer than three subsets, or a query can't be graded at all.</exception>
    public static LdsResult Grade(ScoreMatrix scores, RetrainingOutcomes outcomes, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        Check(scores, outcomes);

        // 1. Predicted and measured loss of every subset, query by query.
        var pairs = Pairs(scores, outcomes);
        double[] correlations = [.. pairs.Select(p => p.Correlation)];
        double[] perQuery = [.. correlations.Select(ZeroIfNaN)];

        // 2. Interval: subsets are drawn for all queries at once, since a subset's models are shared by them.
        var interval = Bootstrap.Of(perQuery.Average(), options, draw =>
        {
            var subsets = draw(outcomes.Subsets);
            return draw(pairs.Count).Average(i => ZeroIfNaN(pairs[i].Ranked.Spearman(subsets)));
        });

        // 3. How well any prediction could do.
        return new LdsResult
        {
            Lds = interval,
            Ceiling = NoiseCeiling.Of(outcomes, options.Seed),
            Subsets = outcomes.Subsets,
            Retrainings = outcomes.Losses.Min(l => l.Length),
            PerQuery = perQuery,
            Unpredicted = correlations.Count(double.IsNaN),
            Ungradable = scores.Targets - pairs.Count,
            Unscored = Enumerable.Range(0, scores.Documents).Count(d => float.IsNaN(scores[0, d])),
        };
    }

    /// <summary>
    /// LDS of a less that of b. Its interval draws the same subsets and queries for both: what they share, a hard query or an odd subset,
    /// cancels, so that two methods may differ though their own intervals overlap.
    /// </summary>
    /// <exception cref="BadInputException">As <see cref="Grade"/>.</exception>
    public static Interval Difference(ScoreMatrix a, ScoreMatrix b, RetrainingOutcomes outcomes, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        Check(a, outcomes);
        Check(b, outcomes);
        var (first, second) = (Pairs(a, outcomes), Pairs(b, outcomes));
        var value = first.Average(p => ZeroIfNaN(p.Correlation)) - second.Average(p => ZeroIfNaN(p.Correlation));
        return Bootstrap.Of(value, options, draw =>
        {
            var subsets = draw(outcomes.Subsets);
            return draw(first.Count).Average(i => ZeroIfNaN(first[i].Ranked.Spearman(subsets)) - ZeroIfNaN(second[i].Ranked.Spearman(subsets)));
        });
    }

    /// <summary>Predicted loss of every subset, up to a constant and a positive factor: <c>−Σ_{m∈S} score(m)</c>.</summary>
    internal static double[] Predicted(ReadOnlySpan<float> scores, IReadOnlyList<bool[]> kept)
    {
        var predicted = new double[kept.Count];
        for (var m = 0; m < kept.Count; m++)
        {
            for (var d = 0; d < scores.Length; d++)
            {
                if (kept[m][d] && !float.IsNaN(scores[d]))
                {
                    predicted[m] -= scores[d];
                }
            }
        }
        return predicted;
    }

    /// <summary>Mean loss of a query over the retrainings of every subset.</summary>
    public static double[] Measured(RetrainingOutcomes outcomes, int query) => [.. outcomes.Losses.Select(l => l.Average(r => r[query]))];

    // Of every query that can be graded; the correlation is NaN where the scores predict the same for all subsets.
    private static List<(double Correlation, RankedPairs Ranked)> Pairs(ScoreMatrix scores, RetrainingOutcomes outcomes)
    {
        var pairs = new List<(double, RankedPairs)>();
        for (var q = 0; q < scores.Targets; q++)
        {
            var measured = Measured(outcomes, q);
            if (!measured.All(double.IsFinite) || measured.Distinct().Count() < 2)
            {
                continue;
            }

            var predicted = Predicted(scores.Row(q), outcomes.Kept);
            pairs.Add((Correlation.Spearman(predicted, measured), new RankedPairs(predicted, measured)));
        }
        if (pairs.Count == 0)
        {
            throw new BadInputException("bank", "no query's loss differs between subsets: there is nothing to grade by");
        }

        return pairs;
    }

    private static void Check(ScoreMatrix scores, RetrainingOutcomes outcomes)
    {
        if (scores.Documents != outcomes.Documents.Count || scores.Targets != outcomes.Queries.Count)
        {
            throw new ArgumentException(
                $"scores of {scores.Targets} queries and {scores.Documents} documents don't fit a bank of "
                + $"{outcomes.Queries.Count} and {outcomes.Documents.Count}");
        }

        if (outcomes.Subsets < 3)
        {
            throw new BadInputException("bank", $"holds {outcomes.Subsets} subsets; a rank correlation needs at least 3");
        }
    }

    private static double ZeroIfNaN(double value) => double.IsNaN(value) ? 0 : value;
}

/// <summary>The linear datamodelling score of a method on a bank.</summary>
public sealed record LdsResult
{
    /// <summary>Mean over queries of Spearman's correlation over subsets, with its bootstrap interval over both.</summary>
    public required Interval Lds { get; init; }

    /// <summary>Noise ceiling of the bank; null with a single retraining a subset.</summary>
    public NoiseCeiling? Ceiling { get; init; }

    /// <summary>M.</summary>
    public required int Subsets { get; init; }

    /// <summary>R, the least of all subsets.</summary>
    public required int Retrainings { get; init; }

    /// <summary>Per query graded: its correlation.</summary>
    public required IReadOnlyList<double> PerQuery { get; init; }

    /// <summary>Queries for which the scores predict the same for every subset: they count as a correlation of 0.</summary>
    public int Unpredicted { get; init; }

    /// <summary>
    /// Queries with the same measured loss in every subset, or one that isn't finite: left out, nothing can be graded by them.
    /// </summary>
    public int Ungradable { get; init; }

    /// <summary>Documents without a score (set apart): they count as if they had no influence.</summary>
    public int Unscored { get; init; }
}
