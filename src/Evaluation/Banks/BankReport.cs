using Tda.Evaluation.Lds;
using Tda.Scoring.Attribution.Trust;

namespace Tda.Evaluation.Banks;

/// <summary>The grades of all methods on one bank.</summary>
public sealed record BankReport
{
    /// <summary>N.</summary>
    public required int Documents { get; init; }

    /// <summary>Q.</summary>
    public required int Queries { get; init; }

    /// <summary>M, graded by.</summary>
    public required int Subsets { get; init; }

    /// <summary>Other subsets that methods of measured losses were fitted on; null: none were asked for.</summary>
    public int? FittedOn { get; init; }

    /// <summary>Noise ceiling: what perfect scores would reach; null with one retraining a subset.</summary>
    public NoiseCeiling? Ceiling { get; init; }

    /// <summary>Mean LDS of random scores, and the largest in absolute value: the floor.</summary>
    public required double RandomMean { get; init; }

    /// <summary>The largest absolute LDS of the random draws.</summary>
    public required double RandomLargest { get; init; }

    /// <summary>N-grams of the same documents; null where they aren't texts, or the bank's tokenizer isn't at hand.</summary>
    public NgramFloor? Ngram { get; init; }

    /// <summary>The grades, best first within a scenario.</summary>
    public required IReadOnlyList<MethodGrade> Grades { get; init; }

    /// <summary>Who has none, and why.</summary>
    public required IReadOnlyList<MethodFailure> NotRun { get; init; }
}

/// <summary>A method's grade in a scenario.</summary>
/// <param name="Scenario">Name of the scenario.</param>
/// <param name="Method">Name of the method; <c>random</c> for the floor.</param>
/// <param name="Members">Models whose scores were averaged.</param>
/// <param name="Single">Mean LDS of the members, each alone.</param>
/// <param name="Whole">The grade of the mean scores, with interval.</param>
/// <param name="Consistency">Split-half consistency of the members; null with one.</param>
/// <param name="Seconds">Fitting and scoring, per member.</param>
public sealed record MethodGrade(
    string Scenario, string Method, int Members, double Single, LdsResult Whole, SplitHalf? Consistency, double Seconds);

/// <summary>A method that has no grade in a scenario.</summary>
/// <param name="Scenario">Name of the scenario.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Reason">What it lacks, or what went wrong.</param>
/// <param name="Failed">It should have run and broke; else it can't run here.</param>
public sealed record MethodFailure(string Scenario, string Method, string Reason, bool Failed);
