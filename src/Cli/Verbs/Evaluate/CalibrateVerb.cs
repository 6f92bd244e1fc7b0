using Tda.Evaluation;
using Tda.Scoring.Attribution;
using Tda.Scoring.Methods;

namespace Tda.Cli.Verbs.Evaluate;

/// <summary>`tda evaluate calibrate`: fits measured changes of loss on predicted ones.</summary>
internal static class CalibrateVerb
{
    private static readonly Option<string> Run = CliOption.Required("--run", "ID", "Run whose scores predicted");
    private static readonly Option<string?> Bank = CliOption.Text("--bank", "B",
        "Bank of retrainings on the run's documents, with its queries");
    private static readonly Option<string?> Pairs = CliOption.Text("--pairs", "FILE.jsonl",
        "Predicted and measured changes in nats, a JSON object a line, instead of a bank");
    private static readonly Option<CalibrationKind?> Kind =
        EnumOption.Of<CalibrationKind>("--kind", "Shape of the fit", CalibrationKind.Linear);
    private static readonly Option<string> Out = CliOption.Default("--out", "FILE", "Where the calibration goes", "calibration.json");

    public static Command Build() => CommandExtensions.Verb("calibrate",
        "Fits what retrainings or PBRF runs measured on what a run's method predicted; `tda attribute --calibration` then says what its "
        + "scores amount to.",
        "tda evaluate calibrate --run why --bank half --out calibration.json", Run, Bank, Pairs, Kind, Out).Runs(Fit);

    private static int Fit(VerbContext context)
    {
        using var run = ScoreRun.Open(context.Home.RunDirectory(context.Get(Run)));
        var pairs = (context.Get(Bank), context.Get(Pairs)) switch
        {
            ({ } bank, null) => CalibrationPairs.Of(run, RetrainingBank.Open(context.Home.BankDirectory(bank)).Outcomes()),
            (null, { } file) => CalibrationPairs.Read(file),
            _ => throw new UsageException("give either --bank B or --pairs FILE.jsonl"),
        };
        var fit = CalibrationFitter.Fit(
            context.Get(Kind)!.Value, run.Header.Method, NormalisationOf(run), pairs.Predicted, pairs.Measured);
        fit.Write(context.Get(Out));
        return context.Done(fit, console => console.WriteLine(
            $"{context.Get(Out)}: {fit.Method}, {fit.Kind.ToString().ToLowerInvariant()} over {fit.Pairs:N0} pairs, R² {fit.R2:F3}{(fit.SlopeInterval is { } s ? $", slope {fit.Slope:G4} ({s.Low:G4} … {s.High:G4})" : "")}, residual deviation {fit.ResidualDeviation:G4} nats"));
    }

    private static Normalisation NormalisationOf(ScoreRun run) =>
        run.Manifest.Details["normalisation"]?.Deserialize<Normalisation>(JsonDefaults.Options) ?? Normalisation.None;
}
