using Tda.Evaluation.Lds;
using Tda.Evaluation.Tests.Reference;
using Tda.Scoring.Methods;

namespace Tda.Evaluation.Tests;

public class LdsGraderTests
{
    [Fact]
    public void Grade_AdditiveWorld_IsOne()
    {
        var bank = new AdditiveBank();
        var result = LdsGrader.Grade(bank.Scores, bank.Outcomes);
        Assert.Equal(1, result.Lds.Value, 9);
        Assert.Equal(1, result.Lds.Low, 9);
        Assert.Equal(1, result.Ceiling!.Ceiling, 9);
        Assert.Equal((60, 2), (result.Subsets, result.Retrainings));
    }

    [Fact]
    public void Grade_SignTurned_IsMinusOne()
    {
        var bank = new AdditiveBank();
        for (var q = 0; q < bank.Scores.Targets; q++)
        {
            for (var d = 0; d < bank.Scores.Documents; d++)
            {
                bank.Scores[q, d] *= -1;
            }
        }
        Assert.Equal(-1, LdsGrader.Grade(bank.Scores, bank.Outcomes).Lds.Value, 9);
    }

    [Fact]
    public void Grade_RandomScores_NearZeroAndInsideTheInterval()
    {
        var bank = new AdditiveBank(documents: 60, queries: 20, subsets: 100);
        var result = LdsGrader.Grade(AdditiveBank.Random(20, 60, seed: 99), bank.Outcomes);
        Assert.InRange(result.Lds.Value, -.08, .08);
        Assert.InRange(0, result.Lds.Low, result.Lds.High);
    }

    [Fact]
    public void Grade_NoisyBank_MatchesNaiveLoops()
    {
        var bank = new AdditiveBank(noise: 3);
        var guess = AdditiveBank.Random(4, 30, seed: 5);
        for (var d = 0; d < 30; d++)
        {
            guess[0, d] = MathF.Round(guess[0, d]);   // ties
        }

        Assert.Equal(NaiveLds.Of(guess, bank.Outcomes), LdsGrader.Grade(guess, bank.Outcomes).Lds.Value, 9);
    }

    [Fact]
    public void Spearman_Resampled_MatchesSortingAgain()
    {
        var random = new Random(2);
        for (var round = 0; round < 50; round++)
        {
            double[] x = [.. Enumerable.Range(0, 20).Select(_ => (double)random.Next(8))];
            double[] y = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble())];
            int[] sample = [.. Enumerable.Range(0, 20).Select(_ => random.Next(20))];
            var expected = NaiveLds.Spearman([.. sample.Select(i => x[i])], [.. sample.Select(i => y[i])]);
            Assert.Equal(expected, new RankedPairs(x, y).Spearman(sample), 12);
        }
    }

    [Fact]
    public void Ceiling_KnownNoise_MatchesItsTheory()
    {
        // Signal of variance v (half of the documents kept) and noise of variance s² a retraining: Pearson's reliability of a mean of R
        // is v/(v + s²/R); Spearman's of normal values is (6/π)·asin(r/2), at most .02 below.
        const double noise = 5;
        var bank = new AdditiveBank(documents: 100, queries: 20, subsets: 400, retrainings: 4, noise: noise);
        var clean = bank.Of(bank.Outcomes.Kept, 1, 0, new Random(0));
        var reliability = Enumerable.Range(0, 20).Average(q =>
        {
            double[] losses = [.. clean.Losses.Select(l => l[0][q])];
            var mean = losses.Average();
            var variance = losses.Average(l => (l - mean) * (l - mean));
            return variance / (variance + noise * noise / 4);
        });
        var ceiling = NoiseCeiling.Of(bank.Outcomes)!;
        Assert.InRange(ceiling.Reliability, reliability - .05, reliability + .02);
        var perfect = LdsGrader.Grade(bank.Scores, bank.Outcomes).Lds.Value;
        Assert.InRange(perfect, ceiling.Ceiling - .03, ceiling.Ceiling + .03);
    }

    [Fact]
    public void Grade_Interval_CoversTheTruthAboutAsOftenAsItSays()
    {
        // A guess whose true LDS is estimated from a large bank of the same world; 95 % intervals of small ones should mostly hold it.
        var large = new AdditiveBank(documents: 20, queries: 8, subsets: 4000, retrainings: 1, noise: 2);
        var guess = new ScoreMatrix(8, 20);
        var random = new Random(3);
        for (var q = 0; q < 8; q++)
        {
            for (var d = 0; d < 20; d++)
            {
                guess[q, d] = large.Scores[q, d] + (float)(1.5 * AdditiveBank.Normal(random));
            }
        }
        var options = new BootstrapOptions { Resamples = 0 };
        var truth = LdsGrader.Grade(guess, large.Outcomes, options).Lds.Value;
        var covered = 0;
        for (var part = 0; part < 40; part++)
        {
            var small = large.Outcomes with
            {
                Kept = [.. large.Outcomes.Kept.Skip(part * 100).Take(100)],
                Losses = [.. large.Outcomes.Losses.Skip(part * 100).Take(100)],
            };
            var interval = LdsGrader.Grade(guess, small, new BootstrapOptions { Resamples = 200 }).Lds;
            if (truth >= interval.Low && truth <= interval.High)
            {
                covered++;
            }
        }
        Assert.InRange(covered, 36, 40);
    }

    [Fact]
    public void Difference_OfTwoMethods_IsThatOfTheirGradesAndNarrowerThanUnpaired()
    {
        var bank = new AdditiveBank(documents: 40, queries: 10, subsets: 80, noise: 4);
        ScoreMatrix good = Blurred(1), worse = Blurred(1.5f), chance = AdditiveBank.Random(10, 40, seed: 77);
        var options = new BootstrapOptions { Resamples = 300 };
        Interval first = LdsGrader.Grade(good, bank.Outcomes, options).Lds, second = LdsGrader.Grade(worse, bank.Outcomes, options).Lds;
        var difference = LdsGrader.Difference(good, worse, bank.Outcomes, options);

        Assert.Equal(first.Value - second.Value, difference.Value, 12);
        Assert.True(difference.Low > 0, $"a guess with less of the same noise is better: {difference}");
        Assert.True(difference.High - difference.Low < first.High - first.Low, $"{difference} against {first}");
        Assert.Equal(new Interval(0, 0, 0), LdsGrader.Difference(good, good, bank.Outcomes, options));
        Assert.True(LdsGrader.Difference(chance, good, bank.Outcomes, options).High < 0);
        Assert.Throws<ArgumentException>(() => LdsGrader.Difference(good, new ScoreMatrix(10, 39), bank.Outcomes));

        ScoreMatrix Blurred(float noise)
        {
            var (blur, scores) = (AdditiveBank.Random(10, 40, seed: 5), new ScoreMatrix(10, 40));
            for (var q = 0; q < 10; q++)
            {
                for (var d = 0; d < 40; d++)
                {
                    scores[q, d] = bank.Scores[q, d] + noise * blur[q, d];
                }
            }
            return scores;
        }
    }

    [Fact]
    public void Grade_OrderOfSubsetsAndSeed_SameFigureSameInterval()
    {
        var bank = new AdditiveBank(noise: 3);
        var (first, second) = (LdsGrader.Grade(bank.Scores, bank.Outcomes), LdsGrader.Grade(bank.Scores, bank.Outcomes));
        Assert.Equal(first.Lds, second.Lds);
        var turned = bank.Outcomes with { Kept = [.. bank.Outcomes.Kept.Reverse()], Losses = [.. bank.Outcomes.Losses.Reverse()] };
        Assert.Equal(first.Lds.Value, LdsGrader.Grade(bank.Scores, turned).Lds.Value, 12);
    }

    [Fact]
    public void Grade_WhatCannotBeGraded_IsCountedNotDropped()
    {
        var bank = new AdditiveBank(queries: 3);
        for (var d = 0; d < 30; d++)
        {
            bank.Scores[1, d] = 0;
        }

        bank.Scores.Exclude(7);
        foreach (var retraining in bank.Outcomes.Losses.SelectMany(l => l))
        {
            retraining[2] = 4;
        }

        var result = LdsGrader.Grade(bank.Scores, bank.Outcomes);
        Assert.Equal((1, 1, 1), (result.Unpredicted, result.Ungradable, result.Unscored));
        Assert.Equal(2, result.PerQuery.Count);
        Assert.Equal(0, result.PerQuery[1]);
        Assert.Null(NoiseCeiling.Of(bank.Of(bank.Outcomes.Kept, 1, 1, new Random(1))));
        Assert.Throws<BadInputException>(() => LdsGrader.Grade(bank.Scores, bank.Of([.. bank.Outcomes.Kept.Take(2)], 1, 0, new Random(1))));
        Assert.Throws<ArgumentException>(() => LdsGrader.Grade(new ScoreMatrix(2, 30), bank.Outcomes));
    }
}
