namespace Tda.Curation.Reports;

/// <summary>How far a run's explanations can be trusted, over all its answers.</summary>
public sealed record ReportTrust
{
    /// <summary>Answers (or sets) with scores.</summary>
    public required int Explained { get; init; }

    /// <summary>Those that the program abstained from: the surrogate doesn't predict them.</summary>
    public required int Abstained { get; init; }

    /// <summary>Those scored although it doesn't.</summary>
    public required int Forced { get; init; }

    /// <summary>Fidelity of those explained: lowest, median, highest; null where none was measured.</summary>
    public double[]? Fidelity { get; init; }

    /// <summary>Models whose scores were averaged.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Median share of the ten strongest documents in an answer's positive influence; null where it wasn't measured.</summary>
    public double? TopTen { get; init; }

    /// <summary>The calibration of the run; null: the sizes of its scores mean nothing by themselves.</summary>
    public ReportCalibration? Calibration { get; init; }

    /// <summary>Subsets that models were retrained on to measure the scores; null: they weren't measured.</summary>
    public int? MeasuredSubsets { get; init; }

    /// <summary>What checks of the order found; null: none were made.</summary>
    public ReportChecks? Checks { get; init; }

    /// <summary>Reads what the run says of itself.</summary>
    internal static ReportTrust Of(ScoreRun run)
    {
        double[] fidelity = [.. run.Explained.Select(q => q.Fidelity?.Fidelity).OfType<double>().Order()];
        double[] topTen = [.. run.Explained.Select(q => q.Concentration?.Top10).OfType<double>().Order()];
        return new ReportTrust
        {
            Explained = run.Explained.Count,
            Abstained = run.Abstained.Count,
            Forced = run.Explained.Count(q => q.Forced == true),
            Fidelity = fidelity.Length > 0 ? [fidelity[0], fidelity[fidelity.Length / 2], fidelity[^1]] : null,
            Members = run.Manifest.Details["ensemble"]?["members"]?.GetValue<int>() ?? 1,
            TopTen = topTen.Length > 0 ? topTen[topTen.Length / 2] : null,
            MeasuredSubsets = run.Manifest.Details["datamodel"]?["subsets"]?.GetValue<int>(),
            Checks = run.Manifest.Details["trust"]?.Deserialize<ReportChecks>(JsonDefaults.Options),
            Calibration = run.Manifest.Details["calibration"]?.Deserialize<ReportCalibration>(JsonDefaults.Options),
        };
    }
}

/// <summary>What is known of the calibration behind nats.</summary>
/// <param name="Kind">Shape of the fit.</param>
/// <param name="Pairs">Removals that were measured.</param>
/// <param name="R2">Share of what was measured that the fit explains.</param>
/// <param name="ResidualDeviation">Standard deviation of a measured change around the fit, nats: mostly the noise of retraining.</param>
public sealed record ReportCalibration(string Kind, int Pairs, double R2, double ResidualDeviation);

/// <summary>What a run says of its own order.</summary>
/// <param name="Summary">What the checks found, in a line.</param>
/// <param name="Warnings">What the program doesn't know, sentences without a full stop.</param>
public sealed record ReportChecks(string Summary, IReadOnlyList<string> Warnings);
