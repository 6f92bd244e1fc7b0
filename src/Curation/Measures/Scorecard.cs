namespace Tda.Curation.Measures;

/// <summary>scorecard.json: what was measured on a run, against what was asked of it.</summary>
public sealed record Scorecard
{
    public const string FormatName = "tda.scorecard";

    public const int CurrentVersion = 1;

    public const string FileName = "scorecard.json";

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Title of the report that shows it.</summary>
    public string? Title { get; init; }

    /// <summary>What was done, in one or two sentences.</summary>
    public string? Summary { get; init; }

    public required IReadOnlyList<ScorecardLine> Lines { get; init; }

    /// <summary>Before and after, beside the control.</summary>
    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];

    /// <summary>Commands that lead to these measurements, in order.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Reads and checks a scorecard.</summary>
    /// <exception cref="Tda.Core.Errors.BadInputException">Not a scorecard, or of a newer version.</exception>
    public static Scorecard Read(string path) => MeasureFile.Read<Scorecard>(path, FormatName, CurrentVersion, s => (s.Format, s.Version));

    public void Write(string path) => MeasureFile.Write(path, this);
}
