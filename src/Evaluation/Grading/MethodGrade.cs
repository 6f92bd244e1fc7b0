using Tda.Evaluation.Lds;

namespace Tda.Evaluation.Grading;

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
