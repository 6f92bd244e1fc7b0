namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// Influence scores corrected by measurement. Model of a query's loss after training on subset S (datamodels, Ilyas et al. 2022,
/// 2202.00622, eq. 1), with effects that are Gaussian around other methods' scores:
/// <code>
/// loss_S = b + Σ_{m∈S} w_m + σε,     w = Pu + σ√ρ C₀^½ δ,     u ~ N(ū, σ²Ω),     ε, δ ~ N(0, 1),     b flat,  p(σ²) ∝ 1/σ²
/// </code>
/// P (N × J) holds what J methods say a document's presence does to the loss, −score. All is done along the n = M − 1 directions of
/// <see cref="InclusionDesign"/>: with z = Gᵀloss, m = GᵀXP, V₀ = ρΛ + I and V = V₀ + mΩmᵀ,
/// <code>
/// S = (Ω⁻¹ + mᵀV₀⁻¹m)⁻¹,   û = S(Ω⁻¹ū + mᵀV₀⁻¹z),   E w = Pû + ρBᵀV₀⁻¹(z − mû),   RSS = (z − mū)ᵀV⁻¹(z − mū),
/// var w_d = (RSS/n)·[ρ − ρ²B_dᵀV₀⁻¹B_d + r_dᵀSr_d],   r_d = P_d − ρmᵀV₀⁻¹B_d,   Student's t with n degrees of freedom,
/// ln evidence = lnΓ(n/2) − (n/2)ln(π·RSS) − ½ln|V|.
/// </code>
/// ρ is shared by the queries. With x = ρ·mean(Λ), the signal's variance over the noise's, its prior is uniform in x/(1 + x), the share of
/// variance explained (uniform shrinkage: Daniels 1999), and it is integrated out over a grid of x, weighed by the product of the queries'
/// evidences: a single best ρ makes intervals too narrow where little was measured. ū and Ω, how far each method is believed, come for each ρ
/// from the queries together (random effects, DerSimonian and Laird 1986). A method whose ū isn't positive is dropped: nothing measured
/// speaks for it. Cost O(M³ + N M² + Q N M) for each of the few ρ that matter; memory N M.
/// </summary>
public sealed class DatamodelPosterior
{
    private const int FewestPooled = 3; // queries, of which a spread between them can be told
    private const double WeakVariance = 1; // of u for fewer queries: z and m both have unit size, so |u| is hardly above 1
    private const double Nothing = 1e-12;
    private const int GridPoints = 46; // x from 1e-3 to 1e6, five a decade
    private const double LeastWeight = 1e-3; // of the heaviest point's

    private readonly InclusionDesign _design;
    private readonly QueryTerms[] _queries;
    private readonly bool[] _used;
    private Component[] _components;

    private DatamodelPosterior(InclusionDesign design, QueryTerms[] queries, int priors)
    {
        (_design, _queries, _used) = (design, queries, new bool[priors]);
        Array.Fill(_used, true);
        _components = Integrated();
        for (var j = Dropped(); j >= 0; j = Dropped())
        {
            _used[j] = false;
            _components = Integrated();
        }
    }

    /// <summary>x: variance of the losses that measured effects explain beyond the priors, over the noise's; geometric mean of its posterior.</summary>
    public double SignalToNoise => Rho * _design.Values.Average();

    /// <summary>ρ: variance of a document's effect over the noise's; geometric mean of its posterior.</summary>
    public double Rho => Math.Exp(_components.Sum(c => c.Weight * Math.Log(c.Hyper.Rho)));

    /// <summary>ln of the product of all queries' evidences, integrated over ρ.</summary>
    public double LogEvidence { get; private set; }

    /// <summary>
    /// Of each prior: the mean over queries of the measured losses' deviation for one deviation of the prior's prediction; 0 where the prior
    /// was dropped.
    /// </summary>
    public IReadOnlyList<double> PriorWeights => [.. _used.Select((used, j) => used ? Believed(j) : 0)];

    /// <summary>Degrees of freedom of all intervals.</summary>
    public int Freedom => _design.Freedom;

    /// <summary>The points of ρ that matter, with their weights.</summary>
    internal IReadOnlyList<Component> Components => _components;

    /// <summary>Fits ρ, ū and Ω.</summary>
    /// <param name="design">The subsets.</param>
    /// <param name="losses">Per query its measured loss in every subset, in nats, [Q][M]; not constant.</param>
    /// <param name="priors">Per query J rows of scores (positive = proponent), [Q][J][N], in units of any size; J may be 0.</param>
    public static DatamodelPosterior Fit(InclusionDesign design, IReadOnlyList<double[]> losses, IReadOnlyList<double[][]> priors) =>
        new(design, [.. losses.Select((own, q) => QueryTerms.Of(design, own, priors[q]))], priors[0].Length);

    /// <summary>A query's scores with the half widths of their intervals.</summary>
    /// <param name="query">Which of those fitted.</param>
    /// <param name="level">Probability of the intervals, such as .9.</param>
    /// <returns>
    /// Score = −E w, in nats that the query's loss rises by when the document is left out, positive = proponent; the true effect lies within
    /// the half width of it with the level's probability, under the model.
    /// </returns>
    public (double[] Scores, double[] HalfWidths) Of(int query, double level = .9)
    {
        var size = _queries[query].Size;
        var (means, squares) = (new double[_design.Documents], new double[_design.Documents]);
        foreach (var component in _components)
        {
            component.Explained ??= Explained(component.Hyper);
            AddMoments(_queries[query], component, means, squares);
        }

        // A mixture of t distributions, by its first two moments.
        var quantile = StudentT.Quantile((1 + level) / 2, Freedom);
        return ([.. means.Select(m => -size * m)], [.. means.Select((m, d) => quantile * size * Math.Sqrt(Math.Max(0, squares[d] - m * m)))]);
    }

    /// <summary>What a model trained on a subset is expected to lose, and the half width within which one measurement of it lies.</summary>
    /// <param name="query">Which of those fitted.</param>
    /// <param name="kept">The documents that it is trained on, (N).</param>
    /// <param name="level">Probability of the interval.</param>
    /// <returns>In nats.</returns>
    public (double Loss, double HalfWidth) Predict(int query, bool[] kept, double level = .9)
    {
        var terms = _queries[query];
        var centred = _design.Centred(kept);
        var along = _design.CovariancesWith(centred);
        var own = SmallMatrix.Dot(centred, _design.Correlate(centred));
        double[] said = [.. terms.Priors.Select(p => SmallMatrix.Dot(p, centred))];
        var (mean, square) = (0.0, 0.0);
        foreach (var (weight, hyper) in _components.Select(c => (c.Weight, c.Hyper)))
        {
            var posterior = terms.Posterior(_design.Values, hyper);
            double[] with = [.. along.Select((x, k) => hyper.Rho * x / Variance(hyper, k))];
            var variance = hyper.Rho * own + 1 + 1.0 / _design.Subsets;
            var expected = SmallMatrix.Dot(posterior.Weights, said);
            for (var k = 0; k < with.Length; k++)
            {
                variance -= with[k] * with[k] * Variance(hyper, k);
                expected += with[k] * (terms.Measured[k] - terms.Explained(k, posterior.Weights));
            }

            variance += SmallMatrix.Quadratic(posterior.Covariance, [.. said.Select((p, j) => p - SmallMatrix.Dot(terms.Predicted[j], with))]);
            (mean, square) = (mean + weight * expected, square + weight * (posterior.Noise * variance + expected * expected));
        }
        return (terms.Mean + terms.Size * mean, StudentT.Quantile((1 + level) / 2, Freedom) * terms.Size * Math.Sqrt(Math.Max(0, square - mean * mean)));
    }

    private void AddMoments(QueryTerms terms, Component component, double[] means, double[] squares)
    {
        var hyper = component.Hyper;
        var posterior = terms.Posterior(_design.Values, hyper);
        double[] residual = [.. terms.Measured.Select((z, k) => hyper.Rho / Variance(hyper, k) * (z - terms.Explained(k, posterior.Weights)))];
        var corrections = _design.OfDocuments(residual);
        double[][] overlaps = [.. terms.Predicted.Select(m => _design.OfDocuments([.. m.Select((x, k) => hyper.Rho / Variance(hyper, k) * x)]))];
        var left = new double[overlaps.Length];
        for (var d = 0; d < means.Length; d++)
        {
            var mean = corrections[d];
            for (var j = 0; j < left.Length; j++)
            {
                left[j] = terms.Priors[j][d] - overlaps[j][d];
                mean += terms.Priors[j][d] * posterior.Weights[j];
            }

            var variance = hyper.Rho * Math.Max(0, 1 - hyper.Rho * component.Explained![d]) + SmallMatrix.Quadratic(posterior.Covariance, left);
            means[d] += component.Weight * mean;
            squares[d] += component.Weight * (posterior.Noise * variance + mean * mean);
        }
    }

    // B_dᵀV₀⁻¹B_d of every document.
    private double[] Explained(Hyperparameters hyper)
    {
        var sums = new double[_design.Documents];
        for (var k = 0; k < Freedom; k++)
        {
            var row = _design.Covariances.AsSpan(k * sums.Length, sums.Length);
            var weight = 1 / Variance(hyper, k);
            for (var d = 0; d < sums.Length; d++)
            {
                sums[d] += weight * row[d] * row[d];
            }
        }
        return sums;
    }

    private double Variance(Hyperparameters hyper, int direction) => hyper.Rho * _design.Values[direction] + 1;

    // The grid's points by their posterior; those that hardly count are left out.
    private Component[] Integrated()
    {
        var unit = 1 / Math.Max(_design.Values.Average(), Nothing);
        double[] grid = [.. Enumerable.Range(0, GridPoints).Select(i => Math.Pow(10, -3 + i / 5.0))];
        double[] prior = [.. grid.Select(x => x / ((1 + x) * (1 + x)))]; // density of ln x
        var points = grid.Select(x => Pooled(x * unit)).ToArray();
        double[] logs = [.. points.Select((p, i) => p.LogEvidence + Math.Log(prior[i] / prior.Sum()))];
        var largest = logs.Max();
        LogEvidence = largest + Math.Log(logs.Sum(l => Math.Exp(l - largest)));
        var heavy = Enumerable.Range(0, GridPoints).Where(i => logs[i] >= largest + Math.Log(LeastWeight)).ToArray();
        var total = heavy.Sum(i => Math.Exp(logs[i] - largest));
        return [.. heavy.Select(i => new Component(Math.Exp(logs[i] - largest) / total, points[i]))];
    }

    private Hyperparameters Pooled(double rho)
    {
        var hyper = new Hyperparameters(rho, new double[_used.Length], [.. _used.Select(used => used ? WeakVariance : Nothing)], 0);
        if (_queries.Length >= FewestPooled)
        {
            var single = _queries.Select(q => q.Posterior(_design.Values, hyper with { Variance = [.. hyper.Variance.Select(v => v * 1e6)] })).ToArray();
            foreach (var j in Enumerable.Range(0, _used.Length).Where(j => _used[j]))
            {
                (hyper.Mean[j], hyper.Variance[j]) = RandomEffects(
                    [.. single.Select(s => s.Weights[j])], [.. single.Select(s => s.Noise * s.Covariance[j, j])], single.Average(s => s.Noise));
            }
        }
        return hyper with { LogEvidence = _queries.Sum(q => q.Posterior(_design.Values, hyper).LogEvidence) };
    }

    // The least believed prior that nothing speaks for; -1: none is left.
    private int Dropped() =>
        Enumerable.Range(0, _used.Length).Where(j => _used[j] && Believed(j) <= 0).OrderBy(Believed).DefaultIfEmpty(-1).First();

    private double Believed(int prior) => _components.Sum(c => c.Weight * (_queries.Length >= FewestPooled
        ? c.Hyper.Mean[prior]
        : _queries.Average(q => q.Posterior(_design.Values, c.Hyper).Weights[prior])));

    private static (double Mean, double Variance) RandomEffects(double[] values, double[] variances, double noise)
    {
        double[] weights = [.. variances.Select(v => 1 / Math.Max(v, Nothing))];
        var total = weights.Sum();
        var mean = SmallMatrix.Dot(weights, values) / total;
        var spread = values.Select((v, i) => weights[i] * (v - mean) * (v - mean)).Sum() - (values.Length - 1);
        var between = Math.Max(0, spread / (total - weights.Sum(w => w * w) / total));
        return (mean, Math.Max(Nothing, (between + 1 / total) / noise));
    }
}

/// <summary>One point of the grid over ρ.</summary>
/// <param name="Weight">Its posterior probability.</param>
/// <param name="Hyper">ρ, and ū and Ω with it.</param>
internal sealed record Component(double Weight, Hyperparameters Hyper)
{
    /// <summary>B_dᵀV₀⁻¹B_d of every document, once it was needed.</summary>
    public double[]? Explained { get; set; }
}
