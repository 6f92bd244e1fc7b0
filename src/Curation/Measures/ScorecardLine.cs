namespace Tda.Curation.Measures;

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
            Direction.Equal => Value == wanted,
            _ => throw new InvalidOperationException($"Unknown direction {Direction}."),
        };
}
