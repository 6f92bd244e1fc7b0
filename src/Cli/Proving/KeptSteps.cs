using Tda.Curation.Ledger;
using Tda.Curation.Measures;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.Labels.Judges;

namespace Tda.Cli.Proving;

/// <summary>
/// The steps that a proof is made of: curate, retrain, measure. Each leaves an artifact and is passed over where that stands, so that a
/// stopped proof goes on where it was. The caller makes sure that what stands was made with the same settings.
/// </summary>
/// <param name="Home">Where the artifacts are.</param>
/// <param name="Command">What their manifests say they were made by.</param>
/// <param name="Progress">Bars and lines.</param>
/// <param name="Cancel">Cancelled by Ctrl+C.</param>
internal sealed record KeptSteps(TdaHome Home, string Command, IProgressSink Progress, CancellationToken Cancel)
{
    private static TimeProvider Time => TimeProvider.System;

    /// <summary>Curates a corpus.</summary>
    public void Curate(CurateOptions options)
    {
        if (!Directory.Exists(options.OutputDirectory))
        {
            CorpusCurator.Run(options with { Command = Command }, Time, Progress, Cancel);
        }
    }

    /// <summary>Trains a lab model.</summary>
    public void Train(LabTrainOptions options)
    {
        if (!Directory.Exists(options.OutputDirectory))
        {
            LabTrainer.Run(options with { Command = Command }, Time, Progress, Cancel);
        }
    }

    /// <summary>Measures a lab model, or opens what was measured.</summary>
    /// <param name="lab">The lab model's name.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="judge">Judges answers.</param>
    public async Task<Measurement> MeasureAsync(string lab, MeasureOptions options, IJudge judge)
    {
        if (Directory.Exists(options.Directory))
        {
            return Measurement.Open(options.Directory);
        }

        using var model = AskedLabModel.OfLab(Home, lab);
        return await Measurer.RunAsync(options with { Command = Command }, model, judge, Progress, Time, Cancel);
    }

    /// <summary>The same steps with bars that carry a name, for steps side by side.</summary>
    public KeptSteps Named(string name) => this with { Progress = new NamedProgress(Progress, name) };

    /// <summary>Measures three lab models side by side: before, after, and the control.</summary>
    /// <param name="labs">Their names, in this order.</param>
    /// <param name="options">What is measured of the lab model with a name.</param>
    /// <param name="judge">Judges all answers.</param>
    public async Task<MeasuredModels> MeasureAllAsync(
        (string Before, string After, string Control) labs, Func<string, MeasureOptions> options, IJudge judge)
    {
        Task<Measurement> Measure(string lab, string name) => Task.Run(() => Named(name).MeasureAsync(lab, options(lab), judge), Cancel);
        var measured =
            await Task.WhenAll(Measure(labs.Before, "before"), Measure(labs.After, "after"), Measure(labs.Control, "random control"));
        return new MeasuredModels(measured[0], measured[1], measured[2]);
    }
}

/// <summary>What three models were measured at.</summary>
/// <param name="Before">The model before.</param>
/// <param name="After">The model retrained on the curated corpus.</param>
/// <param name="Control">The model retrained on one that was changed as much at random.</param>
public sealed record MeasuredModels(Measurement Before, Measurement After, Measurement Control)
{
    /// <summary>Compares them, and puts the comparison where the run's report finds it.</summary>
    /// <exception cref="BadInputException">There is no such run.</exception>
    public MeasurementComparison CompareInto(string runDirectory)
    {
        var comparison = MeasurementComparison.Of(Before, After, Control);
        comparison.AddTo(runDirectory, Before, After);
        return comparison;
    }
}

/// <summary>Puts a name before every bar, so that jobs side by side can be told apart.</summary>
internal sealed class NamedProgress(IProgressSink inner, string name) : IProgressSink
{
    public IProgressTask Start(string task, double total, string unit) => inner.Start($"{name}: {task}", total, unit);

    public void Message(string line) => inner.Message($"{name}: {line}");
}
