using Tda.Scoring.Methods.Measured;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Measured;

public class SubsetChooserTests
{
    [Fact]
    public void Gained_SubsetsTaken_IsWhatTheDensePosteriorLoses()
    {
        using var scope = NewDisposeScope();
        var kept = Enumerable.Range(0, 8).Select(m => BankPlan.Half(10, 1, m)).ToArray();
        int[] groups = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2];
        bool[][] next = [BankPlan.Half(10, 2, 0), BankPlan.Half(10, 2, 1)];
        double[] weights = [.. Enumerable.Range(0, 10).Select(d => d / 10.0)];
        foreach (var share in new[] { 0, .5 })
        {
            var chooser = new SubsetChooser(new InclusionDesign(kept, groups, share), .7);
            chooser.Take(next);
            // New subsets are told apart from the mean of the old ones, with an intercept that those have measured to 1/M.
            var inclusion = tensor(kept.SelectMany(k => k.Select(x => x ? 1.0 : 0)).ToArray()).reshape(8, 10);
            var same = tensor(groups.SelectMany(a => groups.Select(b => a == b ? 1.0 : 0)).ToArray()).reshape(10, 10);
            var prior = eye(10, dtype: ScalarType.Float64).mul(1 - share).add(same.mul(share)).mul(.7);
            var centred = inclusion.sub(inclusion.mean([0]));
            var covariance = linalg.inv(linalg.inv(prior).add(centred.t().mm(centred)));
            var before = Weighted(covariance);
            foreach (var one in next)
            {
                var x = tensor(one.Select(v => v ? 1.0 : 0).ToArray()).sub(inclusion.mean([0]));
                var product = covariance.mv(x);
                covariance = covariance.sub(product.outer(product).div(x.dot(product).item<double>() + 1 + 1 / 8.0));
            }
            Assert.Equal(before - Weighted(covariance), chooser.Gained(weights), 9);
        }

        double Weighted(Tensor covariance) => covariance.diagonal().mul(tensor(weights)).sum().item<double>();
    }

    [Fact]
    public void Choose_SomeDocumentsMatter_TellsMoreThanRandomHalves()
    {
        var design = new InclusionDesign([.. Enumerable.Range(0, 20).Select(m => BankPlan.Half(60, 1, m))]);
        double[] weights = [.. Enumerable.Range(0, 60).Select(d => d < 6 ? 1.0 : 0)];
        var chosen = new SubsetChooser(design, .1);
        var subsets = chosen.Choose(10, weights, seed: 5);
        Assert.All(subsets, kept => Assert.Equal(30, kept.Count(k => k)));
        double[] random = [.. Enumerable.Range(0, 20).Select(draw =>
        {
            var other = new SubsetChooser(design, .1);
            other.Take(Enumerable.Range(0, 10).Select(m => BankPlan.Half(60, 100 + draw, m)));
            return other.Gained(weights);
        })];
        Assert.True(chosen.Gained(weights) > random.Max(), $"{chosen.Gained(weights):f4} against {random.Average():f4}, at most {random.Max():f4}");
        var again = new SubsetChooser(design, .1).Choose(10, weights, seed: 5);
        Assert.All(subsets.Zip(again), pair => Assert.Equal(pair.First, pair.Second));
    }

    /// <summary>100 documents, 24 random halves, then 24 more; 40 worlds. The share of the ten strongest found is .365 at random, .398 chosen.</summary>
    [Fact]
    public void Choose_SimulatedWorlds_FindsMoreOfTheStrongest()
    {
        var (random, chosen) = (0.0, 0.0);
        for (var seed = 0; seed < 40; seed++)
        {
            var world = new SimulatedWorld(100, 24, prior: 0, noise: 2, seed: 500 + seed);
            var design = new InclusionDesign(world.Kept);
            var fit = DatamodelPosterior.Fit(design, world.Losses, [[]]);
            random += Found(world, [.. Enumerable.Range(0, 24).Select(m => BankPlan.Half(100, 9000 + seed, m))], seed) / 40;
            chosen += Found(world, new SubsetChooser(design, fit.Rho).Choose(24, SubsetChooser.RankingWeights([fit.Of(0)], 10), 7000 + seed), seed) / 40;
        }
        Assert.True(chosen > random + .02, $"{chosen:f3} against {random:f3}");
    }

    private static double Found(SimulatedWorld world, IReadOnlyList<bool[]> next, int seed)
    {
        var random = SplitMix64.Of(77 + seed);
        double[] losses = [.. world.Losses[0], .. next.Select(kept => SimulatedWorld.Loss(world.Effects[0], kept) + 2 * random.NextNormal())];
        var (scores, _) = DatamodelPosterior.Fit(new InclusionDesign([.. world.Kept, .. next]), [losses], [[]]).Of(0);
        var strongest = Enumerable.Range(0, 100).OrderBy(d => world.Effects[0][d]).Take(10).ToHashSet();
        return Enumerable.Range(0, 100).OrderByDescending(d => scores[d]).Take(10).Count(strongest.Contains) / 10.0;
    }

    /* By hand: the second best of 3, 2, 1, 0 is 2. A half width of 1.645 is a deviation of 1: documents stand 1, 0, −1, −2 deviations off. */
    [Fact]
    public void RankingWeights_ByHand_AreLargestAtTheBorder()
    {
        var weights = SubsetChooser.RankingWeights([([3, 2, 1, 0], [1.645, 1.645, 1.645, 1.645])], 2);
        double[] expected = [Math.Exp(-.5), 1, Math.Exp(-.5), Math.Exp(-2)];
        for (var d = 0; d < 4; d++)
        {
            Assert.Equal(expected[d], weights[d], 12);
        }
    }
}
