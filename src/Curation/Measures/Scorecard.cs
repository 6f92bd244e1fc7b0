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
    /// <exception cref="BadInputException">Not a scorecard, or of a newer version.</exception>
    public static Scorecard Read(string path) => MeasureFile.Read<Scorecard>(path, FormatName, CurrentVersion, s => (s.Format, s.Version));
}

/// <summary>One measured quantity against what was asked of it.</summary>
/// <param name="Name">What was measured, in the field's words.</param>
/// <param name="Value">The measured value.</param>
public sealed record ScorecardLine(string Name, double Value)
{
    /// <summary>"share" is shown in per cent, "count" without decimals, any other unit after the number.</summary>
    public string Unit { get; init; } = "";

    public Direction Direction { get; init; } = Direction.AtLeast;

    /// <summary>What must be reached for the claim to stand; null = the line informs only.</summary>
    public double? Threshold { get; init; }

    /// <summary>What was hoped for beyond the threshold.</summary>
    public double? Goal { get; init; }

    /// <summary>Interval around the value, [low, high].</summary>
    public double[]? Interval { get; init; }

    /// <summary>How it was measured, or what to bear in mind.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it says how the machinery worked, not whether it helped: the report keeps the two apart.</summary>
    public bool Machinery { get; init; }

    /// <summary>Whether the threshold is met; null without one. A value that is not a number meets nothing.</summary>
    public bool? ThresholdMet() => Met(Threshold);

    /// <summary>Whether the goal is met; null without one.</summary>
    public bool? GoalMet() => Met(Goal);

    private bool? Met(double? limit) => limit is not { } wanted
        ? null
        : Direction switch
        {
            Direction.AtLeast => Value >= wanted,
            Direction.AtMost => Value <= wanted,
            _ => Value == wanted,
        };
}

/// <summary>Which side of a threshold is good.</summary>
public enum Direction
{
    AtLeast,
    AtMost,
    Equal,
}

/// <summary>A quantity of the closed model before and after curation, beside a control of the same size.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Before">Trained on the original corpus.</param>
/// <param name="After">Trained on the curated corpus.</param>
public sealed record Comparison(string Name, double Before, double After)
{
    /// <summary>Trained on a corpus curated at random, as much of it; null where no control was run.</summary>
    public double? Control { get; init; }

    /// <summary>Trained without what is known to be harmful; null where that is not known, or was not run.</summary>
    public double? Ceiling { get; init; }

    /// <summary>What the control was.</summary>
    public string ControlName { get; init; } = "random control";

    /// <inheritdoc cref="ScorecardLine.Unit"/>
    public string Unit { get; init; } = "";

    public bool LowerIsBetter { get; init; } = true;

    /// <summary>Intervals [low, high].</summary>
    public double[]? BeforeInterval { get; init; }

    public double[]? AfterInterval { get; init; }

    public double[]? ControlInterval { get; init; }

    public double[]? CeilingInterval { get; init; }
}
