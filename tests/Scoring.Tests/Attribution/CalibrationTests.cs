using Tda.Scoring.Attribution;
using Tda.Scoring.Methods;
using Tda.TestKit;

namespace Tda.Scoring.Tests.Attribution;

public class CalibrationTests
{
    [Fact]
    public void Fit_Linear_EqualsNormalEquations()
    {
        var (x, y) = Pairs(2, 0, .3);
        var fit = Fit(CalibrationKind.Linear, x, y);
        Assert.Equal(x.Zip(y, (a, b) => a * b).Sum() / x.Sum(a => a * a), fit.Slope, 9);
        var residual = x.Zip(y, (a, b) => Math.Pow(b - fit.Slope * a, 2)).Sum();
        Assert.Equal(1 - residual / y.Sum(b => b * b), fit.R2, 9);
        // t of 39 degrees of freedom is 2.0227.
        var half = 2.0227 * Math.Sqrt(residual / 39 / x.Sum(a => a * a));
        Assert.Equal(fit.Slope - half, fit.SlopeInterval!.Low, .002 * half);
        Assert.Equal(0, fit.Apply(0).Nats, 12);
        Assert.Equal(fit.Slope * 3, fit.Apply(3).Nats, 12);
        Assert.Equal(fit.SlopeInterval.High * 3, fit.Apply(3).Interval.High, 9);
    }

    [Fact]
    public void Fit_Affine_FindsSlopeAndIntercept()
    {
        var (x, y) = Pairs(-1.5, .7, 0);
        var fit = Fit(CalibrationKind.Affine, x, y);
        Assert.Equal(-1.5, fit.Slope, 9);
        Assert.Equal(.7, fit.Intercept, 9);
        Assert.Equal(1, fit.R2, 9);
    }

    [Fact]
    public void Fit_AffineIntervals_HoldTheTrueMeanNineteenTimesInTwenty()
    {
        var held = 0;
        for (var seed = 0; seed < 600; seed++)
        {
            var (x, y) = Pairs(1.2, .4, .5, seed);
            var interval = Fit(CalibrationKind.Affine, x, y).Apply(.8).Interval;
            if (interval.Low <= 1.2 * .8 + .4 && 1.2 * .8 + .4 <= interval.High)
            {
                held++;
            }
        }
        Assert.InRange(held / 600.0, .92, .975);
    }

    [Fact]
    public void Fit_Isotonic_IsTheBestFunctionThatNeverFalls()
    {
        // By hand: 3 and 1 pool to 2, then 2 and 2 stay.
        double[] x = [0, 1, 2, 3, 4, 5, 6, 7];
        double[] y = [0, 3, 1, 2, 5, 4, 7, 9];
        var fit = Fit(CalibrationKind.Isotonic, x, y);
        Assert.Equal([0, 2, 4.5, 7, 9], fit.Measured);
        Assert.True(fit.Measured.Zip(fit.Measured.Skip(1)).All(p => p.First <= p.Second));
        Assert.Equal(0, fit.Apply(-5).Nats);
        Assert.Equal(9, fit.Apply(50).Nats);
        Assert.Equal(8, fit.Apply(6.5).Nats, 9);
    }

    [Fact]
    public void Fit_Noise_SaysSo()
    {
        var random = new Random(5);
        double[] x = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble() - .5)];
        double[] y = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble() - .5)];
        var fit = Fit(CalibrationKind.Linear, x, y);
        Assert.InRange(fit.R2, -.01, .05);
        Assert.InRange(0, fit.SlopeInterval!.Low, fit.SlopeInterval.High);
    }

    [Fact]
    public void Fit_PairsThatCannotBeFitted_AreRefused()
    {
        Assert.Contains("8", Assert.Throws<TdaException>(() => Fit(CalibrationKind.Linear, [1, 2], [1, 2])).Message);
        Assert.Contains("alike", Assert.Throws<TdaException>(() => Fit(CalibrationKind.Affine, Enumerable.Repeat(1.0, 9).ToArray(), new double[9])).Message);
        Assert.Contains("finite", Assert.Throws<TdaException>(() => Fit(CalibrationKind.Linear, [1, 2, 3, 4, 5, 6, 7, double.NaN], new double[8])).Message);
    }

    [Fact]
    public void Read_WhatWasWritten_AppliesAlikeAndForItsMethodOnly()
    {
        using var folder = new TempDirectory();
        var (x, y) = Pairs(2, .1, .3);
        foreach (var kind in Enum.GetValues<CalibrationKind>())
        {
            var fit = Fit(kind, x, y);
            fit.Write(folder["c.json"]);
            var read = Calibration.Read(folder["c.json"]);
            Assert.Equal(fit.Apply(.7), read.Apply(.7));
            Assert.Contains("logra", Assert.Throws<UsageException>(() => read.RequireFor("logra", Normalisation.None)).Message);
        }
        folder.Write("other.json", "{\"format\":\"tda.scorecard\",\"method\":\"a\"}");
        Assert.Throws<BadInputException>(() => Calibration.Read(folder["other.json"]));
        Assert.Throws<BadInputException>(() => Calibration.Read(folder["missing.json"]));
    }

    private static Calibration Fit(CalibrationKind kind, double[] x, double[] y) => CalibrationFitter.Fit(kind, "ekfac", Normalisation.None, x, y);

    private static (double[] X, double[] Y) Pairs(double slope, double intercept, double noise, int seed = 2)
    {
        var random = new Random(seed);
        double[] x = [.. Enumerable.Range(0, 40).Select(_ => 2 * random.NextDouble() - 1)];
        return (x, [.. x.Select(a => slope * a + intercept + noise * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))]);
    }
}
