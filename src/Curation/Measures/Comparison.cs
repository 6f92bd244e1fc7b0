namespace Tda.Curation.Measures;

/// <summary>A quantity of the closed model before and after curation, beside a control of the same size.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Before">Trained on the original corpus.</param>
/// <param name="After">Trained on the curated corpus.</param>
public sealed record Comparison(string Name, double Before, double After)
{
    /// <summary>Trained on a corpus curated at random, as much of it; null where no control was run.</summary>
    public double? Control { get; init; }

    /// <summary>What the control was.</summary>
    public string ControlName { get; init; } = "random control";

    /// <inheritdoc cref="ScorecardLine.Unit"/>
    public string Unit { get; init; } = "";

    public bool LowerIsBetter { get; init; } = true;

    /// <summary>Intervals [low, high].</summary>
    public double[]? BeforeInterval { get; init; }

    public double[]? AfterInterval { get; init; }

    public double[]? ControlInterval { get; init; }
}
