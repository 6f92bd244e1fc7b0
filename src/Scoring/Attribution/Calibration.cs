using System.Text.Json;
using Tda.Core.Artifacts;
using Tda.Core.Scores;
using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>A fit of measured changes of loss on predicted ones, of one method: <c>calibration.json</c>.</summary>
public sealed record Calibration
{
    /// <summary>Name of the file's format.</summary>
    public const string FormatName = "tda.calibration";

    /// <summary>The format, always <see cref="FormatName"/>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Version of the format.</summary>
    public int Version { get; init; } = 1;

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
            throw new UsageException($"The calibration is of method {Method} (normalisation {Normalisation}), the run of {method} ({normalisation}): their scores have different scales.");
        }
    }

    /// <summary>Writes the file.</summary>
    public void Write(string path) => AtomicFile.WriteJson(path, this);

    /// <summary>Reads the file.</summary>
    /// <exception cref="BadInputException">It isn't there, isn't a calibration, or is of a newer version.</exception>
    public static Calibration Read(string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize<Calibration>(File.ReadAllBytes(path), JsonDefaults.Options);
            if (read is not { Format: FormatName })
            {
                throw new BadInputException(path, $"is not a calibration ({FormatName})");
            }

            return read.Version == 1 ? read : throw new BadInputException(path, $"is of version {read.Version}; this program reads version 1");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, $"no calibration: {e.Message}", remedy: "Make it with tda evaluate calibrate.", inner: e);
        }
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
