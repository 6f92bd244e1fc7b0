namespace Tda.Evaluation.Lds;

/// <summary>The linear datamodelling score of a method on a bank.</summary>
public sealed record LdsResult
{
    /// <summary>Mean over queries of Spearman's correlation over subsets, with its bootstrap interval over both.</summary>
    public required Interval Lds { get; init; }

    /// <summary>Noise ceiling of the bank; null with a single retraining a subset.</summary>
    public NoiseCeiling? Ceiling { get; init; }

    /// <summary>M.</summary>
    public required int Subsets { get; init; }

    /// <summary>R, the least of all subsets.</summary>
    public required int Retrainings { get; init; }

    /// <summary>Per query graded: its correlation.</summary>
    public required IReadOnlyList<double> PerQuery { get; init; }

    /// <summary>Queries for which the scores predict the same for every subset: they count as a correlation of 0.</summary>
    public int Unpredicted { get; init; }

    /// <summary>
    /// Queries with the same measured loss in every subset, or one that isn't finite: left out, nothing can be graded by them.
    /// </summary>
    public int Ungradable { get; init; }

    /// <summary>Documents without a score (set apart): they count as if they had no influence.</summary>
    public int Unscored { get; init; }
}
