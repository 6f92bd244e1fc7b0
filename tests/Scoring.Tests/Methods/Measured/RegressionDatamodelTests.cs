using Tda.Scoring.Methods.Measured;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Methods.Measured;

/// <summary>Ridge and LASSO.</summary>
public class RegressionDatamodelTests
{
    [Fact]
    public void Ridge_GivenPenalty_IsThePrimalClosedForm()
    {
        using var scope = NewDisposeScope();
        var world = new SimulatedWorld(14, 10, seed: 2);
        var design = new InclusionDesign(world.Kept);
        foreach (var penalty in new[] { .01, 3.0 })
        {
            Numbers.Close(Primal(world.Kept, world.Losses[0], penalty), RidgeDatamodel.Fit(design, world.Losses[0], penalty), 1e-9, $"penalty {penalty}");
        }
    }

    [Fact]
    public void Ridge_ItsOwnPenalty_HasTheLeastErrorWhereEachSubsetIsLeftOut()
    {
        using var scope = NewDisposeScope();
        var world = new SimulatedWorld(14, 24, noise: 4, seed: 6);
        var (_, penalty) = RidgeDatamodel.Fit(new InclusionDesign(world.Kept), world.Losses[0]);
        var best = LeftOutError(world, penalty);
        Assert.All([.79, 1.26], factor => Assert.True(best <= LeftOutError(world, penalty * factor)));
    }

    [Fact]
    public void Ridge_AdditiveWorld_IsRecovered()
    {
        var world = new SimulatedWorld(20, 80, noise: .01, seed: 8);
        var (scores, _) = RidgeDatamodel.Fit(new InclusionDesign(world.Kept), world.Losses[0]);
        Assert.True(Correlation.Pearson(scores, [.. world.Effects[0].Select(e => -e)]) > .999);
    }

    [Fact]
    public void Lasso_GivenPenalty_HoldsTheConditionsOfKarushKuhnAndTucker()
    {
        var world = new SimulatedWorld(30, 20, seed: 12);
        int[] groups = [.. Enumerable.Range(0, 30).Select(d => d / 3)];
        foreach (var grouped in new[] { false, true })
        {
            foreach (var penalty in new[] { .05, .3 })
            {
                var scores = new LassoDatamodel(world.Kept, grouped ? groups : null).Fit(world.Losses[0], penalty);
                double[] effects = [.. scores.Select(s => -s)];
                double[] fitted = [.. world.Kept.Select(k => effects.Where((_, d) => k[d]).Sum())];
                double[] residual = [.. world.Losses[0].Select((y, m) => y - world.Losses[0].Average() - fitted[m] + fitted.Average())];
                for (var c = 0; c < (grouped ? 10 : 30); c++)
                {
                    int[] members = grouped ? [3 * c, 3 * c + 1, 3 * c + 2] : [c];
                    double[] column = [.. world.Kept.Select(k => members.Count(d => k[d]) - world.Kept.Average(o => members.Count(d => o[d])))];
                    var pull = column.Zip(residual, (x, r) => x * r).Average();
                    var effect = effects[members[0]];
                    Assert.True(Math.Abs(effect == 0 ? Math.Max(0, Math.Abs(pull) - penalty) : pull - Math.Sign(effect) * penalty) < 1e-7, $"column {c}: {pull}, effect {effect}");
                }

                Assert.Contains(effects, e => e == 0);
                Assert.Contains(effects, e => e != 0);
            }
        }
    }

    [Fact]
    public void Lasso_FewDocumentsHaveAnEffect_FindsThemInAnyOrder()
    {
        var kept = Enumerable.Range(0, 60).Select(m => BankPlan.Half(100, 5, m)).ToArray();
        var random = SplitMix64.Of(6);
        double[] losses = [.. kept.Select(k => 20 - (k[3] ? 2 : 0) + (k[40] ? 1.5 : 0) + .1 * random.NextNormal())];
        var (scores, support, _) = new LassoDatamodel(kept).Fit(losses);
        Assert.InRange(scores[3], 1.7, 2.1);
        Assert.InRange(scores[40], -1.6, -1.2);
        Assert.InRange(support, 2, 12);
        var order = SplitMix64.Of(7).Permutation(60);
        var again = new LassoDatamodel([.. order.Select(m => kept[m])]).Fit([.. order.Select(m => losses[m])]);
        Numbers.Close(scores, again.Scores, 1e-6, "another order");
    }

    [Fact]
    public void Lasso_NoiseAlone_MayChooseNothing()
    {
        var kept = Enumerable.Range(0, 20).Select(m => BankPlan.Half(10, 5, m)).ToArray();
        var (scores, support, _) = new LassoDatamodel(kept).Fit([.. kept.Select(_ => 3.0)]);
        Assert.Equal(0, support);
        Assert.All(scores, s => Assert.Equal(0, s));
    }

    private static double LeftOutError(SimulatedWorld world, double penalty) => Enumerable.Range(0, world.Kept.Count).Sum(left =>
    {
        int[] rest = [.. Enumerable.Range(0, world.Kept.Count).Where(m => m != left)];
        double[] losses = [.. rest.Select(m => world.Losses[0][m])];
        var scores = Primal([.. rest.Select(m => world.Kept[m])], losses, penalty);
        double Predicted(bool[] kept) => -scores.Where((_, d) => kept[d]).Sum();
        var error = world.Losses[0][left] - losses.Average() - Predicted(world.Kept[left]) + rest.Average(m => Predicted(world.Kept[m]));
        return error * error;
    });

    private static double[] Primal(IReadOnlyList<bool[]> kept, double[] losses, double penalty)
    {
        var x = tensor(kept.SelectMany(k => k.Select(v => v ? 1.0 : 0)).ToArray()).reshape(kept.Count, -1);
        x = x.sub(x.mean([0]));
        var y = tensor(losses).sub(losses.Average());
        return Numbers.Of(linalg.solve(x.t().mm(x).add(eye(x.shape[1], dtype: ScalarType.Float64).mul(penalty)), x.t().mv(y)).neg());
    }
}
