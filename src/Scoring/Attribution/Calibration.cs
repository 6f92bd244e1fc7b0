namespace Tda.Scoring.Attribution;

/// <summary>A fit of measured changes of loss on predicted ones, of one method: <c>calibration.json</c>.</summary>
public sealed record Calibration
{
    /// <summary>Name of the file's format.</summary>
    public const string FormatName = "tda.calibration";

    /// <summary>The version that this program writes and reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The format, always <see cref="FormatName"/>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The method whose scores were calibrated; others have another scale.</summary>
    public required string Method { get; init; }

    /// <summary>Its normalisation.</summary>
    public required Normalisation Normalisation { get; init; }

    /// <summary>The shape.</summary>
    public required CalibrationKind Kind { get; init; }

    /// <summary>Pairs of predicted and measured change behind it.</summary>
    public required int Pairs { get; init; }

    /// <summary>Linear and affine: measured nats a predicted nat.</summary>
    public double Slope { get; init; }

    /// <summary>95 % interval of the slope.</summary>
    public ValueInterval? SlopeInterval { get; init; }

    /// <summary>Affine: measured change where none is predicted.</summary>
    public double Intercept { get; init; }

    /// <summary>Isotonic: predicted changes, ascending, a block each.</summary>
    public IReadOnlyList<double> Predicted { get; init; } = [];

    /// <summary>Isotonic: the measured change of each.</summary>
    public IReadOnlyList<double> Measured { get; init; } = [];

    /// <summary>Isotonic: pairs in each.</summary>
    public IReadOnlyList<int> Weights { get; init; } = [];

    /// <summary>
    /// Share of the measured changes' variance that is explained (of their square through the origin); negative when the fit is worse than
    /// no prediction.
    /// </summary>
    public required double R2 { get; init; }

    /// <summary>Standard deviation of a measured change around the fit, nats: mostly the noise of retraining.</summary>
    public required double ResidualDeviation { get; init; }

    /// <summary>Mean of the predicted changes, and their sum of squares around it (around 0 through the origin).</summary>
    public required double PredictedMean { get; init; }

    /// <inheritdoc cref="PredictedMean"/>
    public required double PredictedSquares { get; init; }

    /// <summary>What a predicted change in nats amounts to, with the 95 % interval of its expectation.</summary>
    public CalibratedChange Apply(double predicted)
    {
        var (value, error) = Kind switch
        {
            CalibrationKind.Linear => (Slope * predicted, Math.Abs(predicted) / Math.Sqrt(PredictedSquares)),
            CalibrationKind.Affine => (
                Intercept + Slope * predicted, Math.Sqrt(1.0 / Pairs + Math.Pow(predicted - PredictedMean, 2) / PredictedSquares)),
            _ => Step(predicted),
        };
        var half = EnsembleSpread.Quantile(Pairs - (Kind == CalibrationKind.Linear ? 1 : 2)) * ResidualDeviation * error;
        return new CalibratedChange(value, new ValueInterval(value - half, value + half));
    }

    /// <summary>Refuses to calibrate scores of another kind.</summary>
    /// <exception cref="UsageException">Names both.</exception>
    public void RequireFor(string method, Normalisation normalisation)
    {
        if (Method != method || Normalisation != normalisation)
        {
            throw new UsageException(
                $"The calibration is of method {Method} (normalisation {Normalisation}), the run of {method} ({normalisation}): their "
                + "scores have different scales.");
        }
    }

    /// <summary>Writes the file.</summary>
    public void Write(string path) => AtomicFile.WriteJson(path, this);

    /// <summary>Reads the file.</summary>
    /// <exception cref="BadInputException">It isn't there, isn't a calibration, or is of a newer version.</exception>
    public static Calibration Read(string path)
    {
        var read = JsonFile.Read<Calibration>(path, "Make a calibration with tda evaluate calibrate.");
        if (read.Format != FormatName)
        {
            throw new BadInputException(path, $"is not a calibration ({FormatName})");
        }

        return read.Version == CurrentVersion
            ? read
            : throw new BadInputException(path, $"is of version {read.Version}; this program reads version {CurrentVersion}");
    }

    // Between the middles of neighbouring blocks a straight line; beyond the first and last, their value.
    private (double Value, double Error) Step(double predicted)
    {
        var next = 0;
        while (next < Predicted.Count && Predicted[next] < predicted)
        {
            next++;
        }

        if (next == 0)
        {
            return (Measured[0], Error(0));
        }

        if (next == Predicted.Count)
        {
            return (Measured[^1], Error(next - 1));
        }

        var share = (predicted - Predicted[next - 1]) / (Predicted[next] - Predicted[next - 1]);
        return (Measured[next - 1] + share * (Measured[next] - Measured[next - 1]), Math.Max(Error(next - 1), Error(next)));

        double Error(int block) => 1 / Math.Sqrt(Weights[block]);
    }
}

/// <summary>The shape of a calibration.</summary>
public enum CalibrationKind
{
    /// <summary>A slope through the origin: no predicted change is no change.</summary>
    Linear,

    /// <summary>A slope and an intercept.</summary>
    Affine,

    /// <summary>Any function that doesn't fall, by pooling adjacent violators.</summary>
    Isotonic,
}

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
            throw new TdaException(
                $"A calibration needs at least {FewestPairs} pairs of predicted and measured change; there are {predicted.Count}.");
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
