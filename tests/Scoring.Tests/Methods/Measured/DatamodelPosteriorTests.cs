using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Measured;

public class DatamodelPosteriorTests
{
    private static readonly int[] ThreeGroups = [0, 0, 1, 1, 1, 2, 2, 0, 1, 2, 2, 2];

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void Of_AnyQuery_EqualsTheDenseTextbookFormula(int queries, bool grouped)
    {
        using var scope = NewDisposeScope();
        var world = new SimulatedWorld(12, 9, queries, seed: 3);
        var design = Design(world, grouped);
        var fit = DatamodelPosterior.Fit(design, world.Losses, world.Priors);
        for (var q = 0; q < queries; q++)
        {
            var parts = fit.Components.Select(c => (c.Weight, Dense: new Dense(world, design, c.Hyper, q, grouped))).ToArray();
            double[] mean = [.. Enumerable.Range(0, 12).Select(d => parts.Sum(p => p.Weight * p.Dense.Mean[d]))];
            double[] deviation = [.. Enumerable.Range(0, 12).Select(d => Math.Sqrt(
                parts.Sum(p => p.Weight * (Math.Pow(p.Dense.Deviations[d], 2) + Math.Pow(p.Dense.Mean[d], 2))) - mean[d] * mean[d]))];
            var (scores, widths) = fit.Of(q);
            Numbers.Close([.. mean.Select(w => -w)], scores, 1e-9, $"scores of query {q}");
            Numbers.Close([.. deviation.Select(s => s * StudentT.Quantile(.95, 8))], widths, 1e-9, $"half widths of query {q}");
        }
    }

    [Fact]
    public void LogEvidence_OneQuery_EqualsTheGaussianDensityIntegratedOverItsVariance()
    {
        using var scope = NewDisposeScope();
        foreach (var (queries, grouped) in new[] { (1, false), (3, true) })
        {
            var world = new SimulatedWorld(12, 9, queries, seed: 5);
            var design = Design(world, grouped);
            var fit = DatamodelPosterior.Fit(design, world.Losses, world.Priors);
            foreach (var hyper in fit.Components.Select(c => c.Hyper))
            {
                Assert.Equal(Enumerable.Range(0, queries).Sum(q => new Dense(world, design, hyper, q, grouped).LogEvidence()), hyper.LogEvidence, 8);
            }

            // Over the whole grid, with the prior of its points: no more than the best of them, no less than that times its prior.
            Assert.InRange(fit.LogEvidence, fit.Components.Max(c => c.Hyper.LogEvidence) - 8, fit.Components.Max(c => c.Hyper.LogEvidence));
        }
    }

    [Fact]
    public void Predict_SubsetNotMeasured_EqualsTheDenseFormula()
    {
        using var scope = NewDisposeScope();
        var world = new SimulatedWorld(12, 9, 3, seed: 7);
        var design = Design(world, grouped: true);
        var fit = DatamodelPosterior.Fit(design, world.Losses, world.Priors);
        var kept = BankPlan.Half(12, 99, 0);
        var parts = fit.Components.Select(c => (c.Weight, Dense: new Dense(world, design, c.Hyper, 1, grouped: true).Predict(kept))).ToArray();
        var mean = parts.Sum(p => p.Weight * p.Dense.Mean);
        var variance = parts.Sum(p => p.Weight * (Math.Pow(p.Dense.Deviation, 2) + Math.Pow(p.Dense.Mean - mean, 2)));
        var (loss, width) = fit.Predict(1, kept);
        Assert.Equal(mean, loss, 9);
        Assert.Equal(Math.Sqrt(variance) * StudentT.Quantile(.95, 8), width, 8);
    }

    /*
     * By hand: document 0 takes 2 nats off the query's loss wherever it is, document 1 adds 1, document 2 does nothing. All 8 subsets but
     * the empty one are measured without noise.
     */
    [Fact]
    public void Of_ThreeDocuments_ProponentIsPositiveInNats()
    {
        bool[][] kept = [.. Enumerable.Range(1, 7).Select(bits => Enumerable.Range(0, 3).Select(d => (bits >> d & 1) == 1).ToArray())];
        double[] losses = [.. kept.Select(k => 10 - (k[0] ? 2 : 0) + (k[1] ? 1.0 : 0))];
        var fit = DatamodelPosterior.Fit(new InclusionDesign(kept), [losses], [[]]);
        Numbers.Close([2, -1, 0], fit.Of(0).Scores, 1e-3, "scores");
    }

    [Fact]
    public void Of_AdditiveWorldWithoutNoise_IsRecovered()
    {
        var world = new SimulatedWorld(20, 60, 3, noise: 0);
        var fit = DatamodelPosterior.Fit(new InclusionDesign(world.Kept), world.Losses, world.Priors);
        for (var q = 0; q < 3; q++)
        {
            // Halves all have the same size, so that a constant added to all effects can't be seen: it is the prior's part that fills it in.
            var (scores, effects) = (fit.Of(q).Scores, world.Effects[q]);
            Numbers.Close([.. effects.Select(e => effects.Average() - e)], [.. scores.Select(s => s - scores.Average())], 1e-4, $"query {q}");
        }
    }

    [Fact]
    public void Of_AnyOrderOfDocumentsSubsetsAndQueries_IsTheSame()
    {
        var world = new SimulatedWorld(15, 12, 4, seed: 11);
        int[] groups = [.. Enumerable.Range(0, 15).Select(d => d % 4)];
        var expected = DatamodelPosterior.Fit(new InclusionDesign(world.Kept, groups, .5), world.Losses, world.Priors);
        var (d, m, q) = (SplitMix64.Of(1).Permutation(15), SplitMix64.Of(2).Permutation(12), SplitMix64.Of(3).Permutation(4));
        var actual = DatamodelPosterior.Fit(
            new InclusionDesign([.. m.Select(s => d.Select(i => world.Kept[s][i]).ToArray())], [.. d.Select(i => groups[i])], .5),
            [.. q.Select(t => m.Select(s => world.Losses[t][s]).ToArray())],
            [.. q.Select(t => (double[][])[[.. d.Select(i => world.Priors[t][0][i])]])]);
        for (var t = 0; t < 4; t++)
        {
            var (scores, widths) = expected.Of(q[t]);
            Numbers.Close([.. d.Select(i => scores[i])], actual.Of(t).Scores, 1e-7, "scores");
            Numbers.Close([.. d.Select(i => widths[i])], actual.Of(t).HalfWidths, 1e-7, "half widths");
        }
    }

    [Theory]
    [InlineData(1, 1.0, 1.0)]
    [InlineData(10, 1.0, 1.0)]
    [InlineData(10, 3.0, .5)]
    [InlineData(10, .3, 3.0)]
    public void HalfWidths_SimulatedWorlds_HoldTheTruthInNineOfTenCases(int queries, double prior, double noise)
    {
        double held = 0, predicted = 0, worlds = 40 / queries + 8;
        for (var seed = 0; seed < worlds; seed++)
        {
            var world = new SimulatedWorld(60, 41, queries, prior, noise: 3 * noise, seed: 100 + seed);
            var fit = DatamodelPosterior.Fit(new InclusionDesign([.. world.Kept.Take(31)]), [.. world.Losses.Select(l => l[..31])], world.Priors);
            for (var q = 0; q < queries; q++)
            {
                var (scores, widths) = fit.Of(q);
                held += scores.Select((s, d) => Math.Abs(s + world.Effects[q][d]) <= widths[d] ? 1 : 0).Average() / queries / worlds;
                predicted += Enumerable.Range(31, 10).Average(m =>
                {
                    var (loss, width) = fit.Predict(q, world.Kept[m]);
                    return Math.Abs(world.Losses[q][m] - loss) <= width ? 1.0 : 0;
                }) / queries / worlds;
            }
        }

        Assert.InRange(held, .85, .95);
        Assert.InRange(predicted, .85, .95);
    }

    [Fact]
    public void Of_FewRetrainingsAndAPrior_IsBetterThanEither()
    {
        var (prior, measured, both) = (0.0, 0.0, 0.0);
        for (var seed = 0; seed < 10; seed++)
        {
            var world = new SimulatedWorld(100, 40, 5, prior: 1, deviation: 1, noise: 2, seed: seed);
            var design = new InclusionDesign(world.Kept);
            var alone = DatamodelPosterior.Fit(design, world.Losses, [.. world.Losses.Select(_ => Array.Empty<double[]>())]);
            var fit = DatamodelPosterior.Fit(design, world.Losses, world.Priors);
            for (var q = 0; q < 5; q++)
            {
                double[] truth = [.. world.Effects[q].Select(e => -e)];
                prior += Correlation.Pearson(truth, world.Priors[q][0]) / 50;
                measured += Correlation.Pearson(truth, alone.Of(q).Scores) / 50;
                both += Correlation.Pearson(truth, fit.Of(q).Scores) / 50;
            }
        }
        Assert.True(both > prior + .02 && both > measured + .2, $"{both:f3}, prior alone {prior:f3}, measured alone {measured:f3}");
    }

    [Fact]
    public void PriorWeights_PriorOfTheWrongSign_IsDropped()
    {
        var world = new SimulatedWorld(40, 30, 5, prior: -1, seed: 4);
        var design = new InclusionDesign(world.Kept);
        var fit = DatamodelPosterior.Fit(design, world.Losses, world.Priors);
        var without = DatamodelPosterior.Fit(design, world.Losses, [.. world.Losses.Select(_ => Array.Empty<double[]>())]);
        Assert.Equal([0.0], fit.PriorWeights);
        Numbers.Close(without.Of(2).Scores, fit.Of(2).Scores, 1e-4, "scores");
    }

    [Fact]
    public void Of_EffectsSharedByGroups_AreFoundWithFewRetrainings()
    {
        int[] groups = [.. Enumerable.Range(0, 200).Select(d => d / 20)];
        var world = new SimulatedWorld(200, 40, 4, prior: 0, deviation: .2, noise: 2, seed: 9, groups: groups, groupDeviation: 1);
        double[][][] none = [.. world.Losses.Select(_ => Array.Empty<double[]>())];
        var fits = new[] { 0, .5, .95 }.Select(share => DatamodelPosterior.Fit(new InclusionDesign(world.Kept, groups, share), world.Losses, none)).ToArray();
        double[] evidence = [.. fits.Select(f => f.LogEvidence)];
        double[] quality = [.. fits.Select(f => Enumerable.Range(0, 4).Average(q => Correlation.Pearson(f.Of(q).Scores, [.. world.Effects[q].Select(e => -e)])))];
        Assert.True(evidence[2] > evidence[0] && quality[2] > quality[0] + .1, $"{string.Join(' ', evidence)}; {string.Join(' ', quality)}");
    }

    private static InclusionDesign Design(SimulatedWorld world, bool grouped) =>
        grouped ? new InclusionDesign(world.Kept, ThreeGroups, .4) : new InclusionDesign(world.Kept);

    /// <summary>The same posterior over N × N matrices, given ρ, ū and Ω.</summary>
    private sealed class Dense
    {
        private readonly Tensor _inclusion; // X, (M, N)
        private readonly Tensor _centring; // H, (M, M)
        private readonly Tensor _prior; // ρC₀ + PΩPᵀ, (N, N)
        private readonly Tensor _left; // loss/size − XPū, (M)
        private readonly Tensor _covariance; // (N, N)
        private readonly Tensor _mean; // (N), over size
        private readonly double _size;
        private readonly double _noise;
        private readonly double _average;
        private readonly int _subsets;

        public Dense(SimulatedWorld world, InclusionDesign design, Hyperparameters hyper, int query, bool grouped)
        {
            (_subsets, var documents) = (world.Kept.Count, world.Kept[0].Length);
            _inclusion = tensor(world.Kept.SelectMany(k => k.Select(x => x ? 1.0 : 0)).ToArray()).reshape(_subsets, documents);
            _centring = eye(_subsets, dtype: ScalarType.Float64).sub(1.0 / _subsets);
            var losses = tensor(world.Losses[query]);
            _average = world.Losses[query].Average();
            _size = Norm(_centring.mv(losses)) / Math.Sqrt(_subsets - 1);
            var scores = tensor(world.Priors[query][0]);
            var column = scores.mul(-Math.Sqrt(_subsets - 1) / Norm(_centring.mv(_inclusion.mv(scores))));
            var same = tensor(Enumerable.Range(0, documents).SelectMany(a => Enumerable.Range(0, documents).Select(b => grouped && ThreeGroups[a] == ThreeGroups[b] ? 1.0 : 0)).ToArray())
                .reshape(documents, documents);
            var correlation = eye(documents, dtype: ScalarType.Float64).mul(1 - design.GroupShare).add(same.mul(design.GroupShare));
            _prior = correlation.mul(hyper.Rho).add(column.outer(column).mul(hyper.Variance[0]));
            var middle = column.mul(hyper.Mean[0]);
            _left = losses.div(_size).sub(_inclusion.mv(middle));
            var seen = _inclusion.t().mm(_centring);
            _covariance = linalg.inv(linalg.inv(_prior).add(seen.mm(_inclusion)));
            var pull = seen.mv(_left);
            _mean = middle.add(_covariance.mv(pull));
            _noise = (_left.dot(_centring.mv(_left)).item<double>() - pull.dot(_covariance.mv(pull)).item<double>()) / (_subsets - 1);
        }

        public double[] Mean => Numbers.Of(_mean.mul(_size));

        public double[] Deviations => Numbers.Of(_covariance.diagonal().mul(_noise).sqrt().mul(_size));

        public (double Mean, double Deviation) Predict(bool[] kept)
        {
            var x = tensor(kept.Select(k => k ? 1.0 : 0).ToArray()).sub(_inclusion.mean([0]));
            var variance = x.dot(_covariance.mv(x)).item<double>() + 1 + 1.0 / _subsets;
            return (_average + _size * x.dot(_mean).item<double>(), _size * Math.Sqrt(_noise * variance));
        }

        /// <summary>Along an orthonormal basis of what sums to zero, any one; the trapezoid rule over ln σ² is exact to rounding here.</summary>
        public double LogEvidence()
        {
            var n = _subsets - 1;
            var basis = linalg.eigh(_centring).Item2.narrow(1, 1, n); // the first eigenvalue is 0
            var covariance = basis.t().mm(eye(_subsets, dtype: ScalarType.Float64).add(_inclusion.mm(_prior).mm(_inclusion.t()))).mm(basis).mul(_size * _size);
            var z = basis.t().mv(_left).mul(_size);
            var squares = z.dot(linalg.inv(covariance).mv(z)).item<double>();
            var determinant = linalg.eigvalsh(covariance).log().sum().item<double>();
            const double step = .01;
            double[] logs = [.. Enumerable.Range(-3000, 6001).Select(i => i * step).Select(lnVariance =>
                -.5 * (n * Math.Log(2 * Math.PI) + n * lnVariance + determinant + squares * Math.Exp(-lnVariance)))];
            var largest = logs.Max();
            return largest + Math.Log(logs.Sum(l => Math.Exp(l - largest)) * step);
        }

        private static double Norm(Tensor values) => values.norm().item<double>();
    }
}
