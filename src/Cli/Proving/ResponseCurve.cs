using Tda.Curation.Measures;
using Tda.Lab.Models;
using Tda.Labels.Judges;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Training;

namespace Tda.Cli.Proving;

/// <summary>
/// Harm against fluency over λ, from one training: 1. read the range, check every λ and what stands beside it; 2. at each λ fold the gates in,
/// ask the model and measure it, unless that stands already; 3. put the points into a run, whose report draws them.
/// </summary>
internal static class ResponseCurve
{
    private const int Spreads = 5;

    /// <summary>Measures the curve; stopped, the same call goes on with the measurements that are done.</summary>
    /// <exception cref="UsageException">A λ is outside of the range, or a measurement stands that is of something else.</exception>
    /// <exception cref="BadInputException">The model is no response network, or a prompt file, a measurement or the run can't be used.</exception>
    public static async Task<MeasuredCurve> RunAsync(CurveOptions options, IJudge judge, IProgressSink progress, CancellationToken cancel)
    {
        // 1.
        var home = options.Home;
        var directory = options.Lab is { } lab ? home.LabDirectory(lab) : home.SurrogateDirectory(options.Surrogate!);
        var range = RangeOf(directory);
        double[] penalties = [.. (options.Penalties.Count > 0 ? options.Penalties : Spread(range)).Concat(options.Beside.Keys).Distinct().Order()];
        foreach (var penalty in penalties.Where(penalty => !range.Contains(penalty)))
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture, $"λ {penalty} is outside of {range.Low} to {range.High}, which {directory} was trained over"));
        }

        var beside = options.Beside.ToDictionary(pair => pair.Key, pair => Measurement.Open(home.MeasureDirectory(pair.Value)));

        // 2.
        var points = new List<MeasuredPoint>();
        foreach (var penalty in penalties)
        {
            var measured = await MeasureAsync(options, penalty, judge, progress, cancel);
            points.Add(new(penalty, measured.Name, measured.Summary)
            {
                Beside = beside.TryGetValue(penalty, out var trained) ? new(trained.Name, Alike(trained, measured).Summary) : null,
            });
        }

        // 3.
        var curve = new MeasuredCurve(Path.GetFileName(directory), range.Low, range.High, points);
        if (options.Run is { } run)
        {
            curve.AddTo(home.RunDirectory(run), Path.GetFileNameWithoutExtension(options.Measure.PromptFile));
        }

        return curve;
    }

    /// <summary>The λ that are measured when none is named: five, a like factor apart, both ends included.</summary>
    internal static IEnumerable<double> Spread(ResponseRange range)
    {
        for (var step = 0; step < Spreads; step++)
        {
            // Three digits are as near as it matters, and make names that can be typed.
            var penalty = range.Low * Math.Pow(range.High / range.Low, step / (Spreads - 1.0));
            var digits = penalty.ToString("G3", CultureInfo.InvariantCulture);
            yield return Math.Clamp(double.Parse(digits, CultureInfo.InvariantCulture), range.Low, range.High);
        }
    }

    /// <summary>The range of a response network.</summary>
    /// <exception cref="BadInputException">The model is missing, or no response network.</exception>
    internal static ResponseRange RangeOf(string directory) =>
        Directory.Exists(directory) ? ResponseNetwork.Of(directory).Range : throw MissingArtifact.At(directory);

    private static async Task<Measurement> MeasureAsync(CurveOptions options, double penalty, IJudge judge, IProgressSink progress, CancellationToken cancel)
    {
        var name = options.Called(penalty);
        var asked = options.Measure with { Directory = options.Home.MeasureDirectory(name) };
        using var model = options.Lab is { } lab
            ? AskedLabModel.OfLab(options.Home, lab, penalty)
            : AskedLabModel.OfSurrogate(options.Home, options.Surrogate!, penalty);
        if (Directory.Exists(asked.Directory) && !asked.Replace)
        {
            return Measurer.Finished(asked, model, judge);
        }

        return await Measurer.RunAsync(asked with { Command = "tda curve" }, model, judge, new NamedProgress(progress, name), TimeProvider.System, cancel);
    }

    private static Measurement Alike(Measurement trained, Measurement measured)
    {
        // Refuses other prompts, another judge, another way of asking.
        MeasurementComparison.Of(trained, measured, null);
        return trained;
    }
}

/// <summary>What is measured over λ.</summary>
internal sealed record CurveOptions
{
    /// <summary>Where models, measurements and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>A lab model trained over a range of λ; null with a surrogate.</summary>
    public string? Lab { get; init; }

    /// <summary>A surrogate distilled over a range of λ; null with a lab model.</summary>
    public string? Surrogate { get; init; }

    /// <summary>The λ to measure at; empty: five over the whole range.</summary>
    public IReadOnlyList<double> Penalties { get; init; } = [];

    /// <summary>Measurements of models trained at one λ alone, by λ: they are shown beside the curve.</summary>
    public IReadOnlyDictionary<double, string> Beside { get; init; } = new Dictionary<double, string>();

    /// <summary>What is measured at each λ; the directories are the curve's to choose.</summary>
    public required MeasureOptions Measure { get; init; }

    /// <summary>With which the measurements' names begin.</summary>
    public required string Out { get; init; }

    /// <summary>Run that gets the curve; null: none.</summary>
    public string? Run { get; init; }

    /// <summary>The measurement at a λ.</summary>
    public string Called(double penalty) => string.Create(CultureInfo.InvariantCulture, $"{Out}-at-{penalty}");
}

/// <summary>Harm and fluency over λ.</summary>
/// <param name="Model">The response network.</param>
/// <param name="Low">Least λ that it was trained over.</param>
/// <param name="High">Greatest λ that it was trained over.</param>
/// <param name="Points">By λ, ascending.</param>
internal sealed record MeasuredCurve(string Model, double Low, double High, IReadOnlyList<MeasuredPoint> Points)
{
    /// <summary>Puts the points into a run's curve, in place of those of an earlier response network.</summary>
    /// <exception cref="BadInputException">There is no such run, or its curve is damaged.</exception>
    public void AddTo(string runDirectory, string set)
    {
        using (ScoreRun.Open(runDirectory))
        {
            var path = Path.Combine(runDirectory, Curve.FileName);
            var curve = File.Exists(path) ? Curve.Read(path) : new Curve { Points = [], Set = set };
            AtomicFile.WriteJson(path, curve with { Points = [.. curve.Points.Where(point => point.Kind != CurveKind.Response), .. Shown()] });
        }

        ScoreRun.AddFiles(runDirectory, Curve.FileName);
    }

    /// <summary>The points as a report draws them; those without a perplexity have no place there.</summary>
    public IEnumerable<CurvePoint> Shown() => Points.Where(point => point.Summary.Perplexity is not null).Select(point => new CurvePoint(
        string.Create(CultureInfo.InvariantCulture, $"one training over λ, at {point.Penalty}"),
        CurveKind.Response, point.Summary.Harm.Rate, point.Summary.Perplexity!.Value)
    {
        HarmInterval = [point.Summary.Harm.Low, point.Summary.Harm.High],
        FluencyInterval = [point.Summary.Perplexity!.Low, point.Summary.Perplexity!.High],
    });
}

/// <summary>A response network, measured at one λ.</summary>
/// <param name="Penalty">λ.</param>
/// <param name="Measurement">Name of the measurement.</param>
/// <param name="Summary">What it came to.</param>
internal sealed record MeasuredPoint(double Penalty, string Measurement, MeasurementSummary Summary)
{
    /// <summary>The measurement of a model trained at this λ alone; null where none was named.</summary>
    public TrainedPoint? Beside { get; init; }
}

/// <summary>A model trained at one λ alone.</summary>
/// <param name="Measurement">Name of the measurement.</param>
/// <param name="Summary">What it came to.</param>
internal sealed record TrainedPoint(string Measurement, MeasurementSummary Summary);
