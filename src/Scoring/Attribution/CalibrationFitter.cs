using Tda.Core.Scores;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>Fits calibrations by least squares.</summary>
public static class CalibrationFitter
{
    /// <summary>Fewest pairs that a fit is made of.</summary>
    public const int FewestPairs = 8;

    /// <summary>Fits measured changes on predicted ones.</summary>
    /// <param name="kind">The shape.</param>
    /// <param name="method">The method that predicted.</param>
    /// <param name="normalisation">Its normalisation.</param>
    /// <param name="predicted">Predicted changes of loss, nats.</param>
    /// <param name="measured">Measured changes, nats, pair by pair.</param>
    /// <exception cref="TdaException">Too few pairs, one that isn't finite, or predictions that are all alike.</exception>
    public static Calibration Fit(
        CalibrationKind kind, string method, Normalisation normalisation, IReadOnlyList<double> predicted, IReadOnlyList<double> measured)
    {
        if (predicted.Count != measured.Count)
        {
            throw new ArgumentException($"{predicted.Count} predictions for {measured.Count} measurements", nameof(measured));
        }

        if (predicted.Count < FewestPairs)
        {
            throw new TdaException($"A calibration needs at least {FewestPairs} pairs of predicted and measured change; there are {predicted.Count}.");
        }

        if (predicted.Concat(measured).Any(x => !double.IsFinite(x)))
        {
            throw new TdaException("A predicted or measured change is not finite: it can't be calibrated on.");
        }

        var n = predicted.Count;
        var (mx, my) = kind == CalibrationKind.Linear ? (0, 0) : (predicted.Average(), measured.Average());
        double sxx = 0, sxy = 0, syy = 0;
        for (var i = 0; i < n; i++)
        {
            sxx += (predicted[i] - mx) * (predicted[i] - mx);
            sxy += (predicted[i] - mx) * (measured[i] - my);
            syy += (measured[i] - my) * (measured[i] - my);
        }
        if (!(sxx > 0))
        {
            throw new TdaException("All predicted changes are alike: nothing can be calibrated on them.");
        }

        var fit = new Calibration
        {
            Method = method,
            Normalisation = normalisation,
            Kind = kind,
            Pairs = n,
            R2 = 0,
            ResidualDeviation = 0,
            PredictedMean = mx,
            PredictedSquares = sxx,
        };
        fit = kind == CalibrationKind.Isotonic ? Isotonic(fit, predicted, measured) : fit with { Slope = sxy / sxx, Intercept = my - sxy / sxx * mx };

        var residual = Enumerable.Range(0, n).Sum(i => Math.Pow(measured[i] - fit.Apply(predicted[i]).Nats, 2));
        var degrees = n - (kind == CalibrationKind.Linear ? 1 : 2);
        var deviation = Math.Sqrt(residual / degrees);
        var half = EnsembleSpread.Quantile(degrees) * deviation / Math.Sqrt(sxx);
        return fit with
        {
            R2 = syy > 0 ? 1 - residual / syy : 0,
            ResidualDeviation = deviation,
            SlopeInterval = kind == CalibrationKind.Isotonic ? null : new ValueInterval(fit.Slope - half, fit.Slope + half),
        };
    }

    /// <summary>Pool adjacent violators (Ayer et al. 1955): the non-decreasing function of least squares.</summary>
    private static Calibration Isotonic(Calibration fit, IReadOnlyList<double> predicted, IReadOnlyList<double> measured)
    {
        var blocks = new List<(double Predicted, double Measured, int Weight)>();
        foreach (var group in Enumerable.Range(0, predicted.Count).GroupBy(i => predicted[i]).OrderBy(g => g.Key))
        {
            blocks.Add((group.Key, group.Average(i => measured[i]), group.Count()));
            while (blocks.Count > 1 && blocks[^2].Measured >= blocks[^1].Measured)
            {
                var (a, b) = (blocks[^2], blocks[^1]);
                var weight = a.Weight + b.Weight;
                blocks.RemoveRange(blocks.Count - 2, 2);
                blocks.Add((Mean(a.Predicted, b.Predicted), Mean(a.Measured, b.Measured), weight));

                double Mean(double x, double y) => (x * a.Weight + y * b.Weight) / weight;
            }
        }
        return fit with
        {
            Predicted = [.. blocks.Select(b => b.Predicted)],
            Measured = [.. blocks.Select(b => b.Measured)],
            Weights = [.. blocks.Select(b => b.Weight)],
        };
    }
}
