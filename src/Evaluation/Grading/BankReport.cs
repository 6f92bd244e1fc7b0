using Tda.Evaluation.Lds;

namespace Tda.Evaluation.Grading;

/// <summary>The grades of all methods on one bank.</summary>
public sealed record BankReport
{
    /// <summary>N.</summary>
    public required int Documents { get; init; }

    /// <summary>Q.</summary>
    public required int Queries { get; init; }

    /// <summary>M.</summary>
    public required int Subsets { get; init; }

    /// <summary>Noise ceiling: what perfect scores would reach; null with one retraining a subset.</summary>
    public NoiseCeiling? Ceiling { get; init; }

    /// <summary>Mean LDS of random scores, and the largest in absolute value: the floor.</summary>
    public required double RandomMean { get; init; }

    /// <summary>The largest absolute LDS of the random draws.</summary>
    public required double RandomLargest { get; init; }

    /// <summary>The grades, best first within a scenario.</summary>
    public required IReadOnlyList<MethodGrade> Grades { get; init; }

    /// <summary>Who has none, and why.</summary>
    public required IReadOnlyList<MethodFailure> NotRun { get; init; }
}
