using Tda.ProxyTrainer.Drift;

namespace Tda.ProxyTrainer.Tests.Drift;

public class BettingTestTests
{
    [Fact]
    public void Add_TwoPairsByHand_AsTheFormulaSays()
    {
        var test = new BettingTest(features: 1, prior: 1);

        // Nothing learned: f = 0, so the payoff is 0. Then p = ½, q = ¼, s = 1: w = ½/1.25 = .4, P = 1 − .25/1.25 = .8.
        Assert.Equal(0, test.Add([1], [0]));
        Assert.Equal(1, test.EValue, 12);
        Assert.Equal((1 / 16.0 + 1 / 8.0 + 1 / 4.0 + 1 / 2.0) / 5, test.Bet, 12);

        // The payoff is tanh(.4), and E is the mean over the constant bets, so it grows by the mean bet.
        var payoff = test.Add([1], [0]);
        Assert.Equal(Math.Tanh(.4), payoff, 12);
        Assert.Equal(1 + (.1875 * Math.Tanh(.4)), test.EValue, 12);

        // p = σ(.4), s = .8: w = .4 + .8(1 − p)/(1 + .8p(1 − p)). The other order pays the opposite.
        var p = 1 / (1 + Math.Exp(-.4));
        var w = .4 + (.8 * (1 - p) / (1 + (.8 * p * (1 - p))));
        Assert.Equal(-Math.Tanh(w), test.Add([0], [1]), 12);
    }

    [Fact]
    public void Add_ManyPairs_WeightsAreThoseOfADensePosterior()
    {
        // The reference keeps the precision matrix and solves with it; the test keeps its inverse, updated by rank one.
        const int Width = 5;
        var random = SplitMix64.Of(3);
        var test = new BettingTest(Width, prior: 2);
        var precision = new double[Width, Width];
        var weights = new double[Width];
        for (var i = 0; i < Width; i++)
        {
            precision[i, i] = .5;
        }

        for (var pair = 0; pair < 60; pair++)
        {
            float[] first = [.. random.Normals(Width, 1)], second = [.. random.Normals(Width, 1)];
            first[1] += .7f;
            double[] difference = [.. first.Zip(second, (a, b) => (double)a - b)];
            var odds = difference.Zip(weights, (a, b) => a * b).Sum();
            Assert.Equal(Math.Tanh(odds), test.Add(first, second), 8);

            var chance = 1 / (1 + Math.Exp(-odds));
            for (var i = 0; i < Width; i++)
            {
                for (var j = 0; j < Width; j++)
                {
                    precision[i, j] += chance * (1 - chance) * difference[i] * difference[j];
                }
            }

            var step = Solve(precision, difference);
            weights = [.. weights.Zip(step, (w, s) => w + (s * (1 - chance)))];
        }
    }

    [Fact]
    public void EValue_NullAtAFixedAndAtAnyStoppingTime_IsAtMostOneOnAverage()
    {
        const int Runs = 2000, Pairs = 60, Width = 8;
        var atEnd = new double[Runs];
        var whenAhead = new double[Runs];
        for (var run = 0; run < Runs; run++)
        {
            var random = SplitMix64.Of(run);
            var test = new BettingTest(Width);
            for (var pair = 0; pair < Pairs; pair++)
            {
                test.Add(Samples.Vector(random, Width), Samples.Vector(random, Width));
                if (whenAhead[run] == 0 && (test.EValue > 1.1 || pair == Pairs - 1))
                {
                    whenAhead[run] = test.EValue; // stops as soon as it is ahead
                }
            }

            atEnd[run] = test.EValue;
        }

        foreach (var values in (double[][])[atEnd, whenAhead])
        {
            var mean = values.Average();
            var error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Runs / Runs);
            Assert.True(mean <= 1 + (3 * error), $"mean {mean:F4} with a standard error of {error:F4}: a bet is favourable under the null");
            Assert.True(mean >= 1 - (4 * error), $"mean {mean:F4} with a standard error of {error:F4}: it should be a martingale");
        }
    }

    [Fact]
    public void EValue_SamplesSwapped_IsTheSame()
    {
        var (one, other) = (new BettingTest(16), new BettingTest(16));
        var random = SplitMix64.Of(9);
        for (var pair = 0; pair < 100; pair++)
        {
            var (a, b) = (Samples.Vector(random, 16, .4), Samples.Vector(random, 16));
            Assert.Equal(one.Add(a, b), other.Add(b, a), 12);
        }

        Assert.Equal(one.EValue, other.EValue, 9);
    }

    [Fact]
    public void EValue_LosingBets_NeverBelowTheShareThatIsNotBet()
    {
        var test = new BettingTest(1);
        for (var pair = 0; pair < 200; pair++)
        {
            // What was learned is wrong the next time.
            test.Add(pair % 2 == 0 ? [1] : [0], pair % 2 == 0 ? [0] : [1]);
        }

        Assert.InRange(test.EValue, .2, 1);
        Assert.True(test.Bet < (1 / 16.0 + 1 / 8.0 + 1 / 4.0 + 1 / 2.0) / 5, $"a bet of {test.Bet} after nothing but losses");
    }

    private static double[] Solve(double[,] matrix, double[] right)
    {
        var n = right.Length;
        var a = (double[,])matrix.Clone();
        var x = (double[])right.Clone();
        for (var k = 0; k < n; k++)
        {
            for (var i = k + 1; i < n; i++)
            {
                var factor = a[i, k] / a[k, k];
                for (var j = k; j < n; j++)
                {
                    a[i, j] -= factor * a[k, j];
                }

                x[i] -= factor * x[k];
            }
        }

        for (var k = n - 1; k >= 0; k--)
        {
            for (var j = k + 1; j < n; j++)
            {
                x[k] -= a[k, j] * x[j];
            }

            x[k] /= a[k, k];
        }

        return x;
    }
}
