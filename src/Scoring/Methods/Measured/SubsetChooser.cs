namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// Which subsets to retrain on next: of random halves those whose measurement is expected to narrow the posterior most. With Σ the
/// documents' posterior covariance and x a half less the mean subset, one more measured loss takes
/// <c>Σ_d a_d (Σx)_d² / (xᵀΣx + 1 + 1/M)</c> off the weighted variances (the noise is 1; expected, and in this model certain, since the
/// variance doesn't depend on what is measured). Greedy: the best of some candidates, then Σ without what it told, and again.
/// </summary>
public sealed class SubsetChooser
{
    private readonly InclusionDesign _design;
    private readonly double _rho;
    private readonly List<double[]> _told = [];

    /// <param name="design">The subsets measured.</param>
    /// <param name="rho">ρ: variance of a document's effect over the noise's.</param>
    public SubsetChooser(InclusionDesign design, double rho) => (_design, _rho) = (design, rho);

    /// <summary>
    /// Documents' weights a: how likely each is to change sides at a query's k-th place, <c>Σ_q exp(−½((score − k-th score)/deviation)²)</c>.
    /// There the ranking is widest; a document that is surely above or below gains nothing by being measured.
    /// </summary>
    /// <param name="fits">Per query scores and half widths of 90 % intervals, as <see cref="DatamodelPosterior.Of"/> gives them.</param>
    /// <param name="top">k.</param>
    public static double[] RankingWeights(IReadOnlyList<(double[] Scores, double[] HalfWidths)> fits, int top)
    {
        var weights = new double[fits[0].Scores.Length];
        foreach (var (scores, widths) in fits)
        {
            var border = scores.OrderDescending().ElementAt(Math.Min(top, scores.Length) - 1);
            for (var d = 0; d < weights.Length; d++)
            {
                var z = widths[d] > 0 ? (scores[d] - border) / (widths[d] / 1.645) : double.PositiveInfinity;
                weights[d] += Math.Exp(-z * z / 2);
            }
        }
        return weights;
    }

    /// <summary>Chooses subsets of half the documents (rounded down), a function of design, weights and seed alone.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="weights">a, (N), at least 0.</param>
    /// <param name="seed">Draws the candidates.</param>
    /// <param name="candidates">Random halves that each is the best of, at least 1.</param>
    /// <param name="cancellation">Stops between subsets.</param>
    public IReadOnlyList<bool[]> Choose(int count, double[] weights, long seed, int candidates = 32, CancellationToken cancellation = default)
    {
        var chosen = new List<bool[]>();
        for (var i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var best = Enumerable.Range(0, candidates).Select(c => BankPlan.Half(_design.Documents, seed, i * candidates + c))
                .Select(kept => (Kept: kept, Told: Told(kept))).MaxBy(one => Gain(one.Told, weights));
            _told.Add(best.Told);
            chosen.Add(best.Kept);
        }
        return chosen;
    }

    /// <summary>What a weighted sum of the variances has lost by the subsets chosen so far, in units of the noise's variance.</summary>
    public double Gained(double[] weights) => _told.Sum(t => Gain(t, weights));

    /// <summary>Takes subsets as chosen that come from elsewhere, to compare what they tell.</summary>
    public void Take(IEnumerable<bool[]> kept)
    {
        foreach (var one in kept)
        {
            _told.Add(Told(one));
        }
    }

    // Σx / √(xᵀΣx + 1 + 1/M): its outer product is what Σ loses.
    private double[] Told(bool[] kept)
    {
        var x = _design.Centred(kept);
        var along = _design.CovariancesWith(x);
        double[] known = [.. along.Select((a, k) => _rho * _rho * a / (_rho * _design.Values[k] + 1))];
        var less = _design.OfDocuments(known);
        var prior = _design.Correlate(x);
        double[] product = [.. prior.Select((p, d) => _rho * p - less[d])];
        foreach (var told in _told)
        {
            var factor = SmallMatrix.Dot(told, x);
            for (var d = 0; d < product.Length; d++)
            {
                product[d] -= factor * told[d];
            }
        }

        var scale = 1 / Math.Sqrt(SmallMatrix.Dot(product, x) + 1 + 1.0 / _design.Subsets);
        return [.. product.Select(p => p * scale)];
    }

    private static double Gain(double[] told, double[] weights)
    {
        var sum = 0.0;
        for (var d = 0; d < told.Length; d++)
        {
            sum += weights[d] * told[d] * told[d];
        }
        return sum;
    }
}
