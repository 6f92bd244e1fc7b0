namespace Tda.Evaluation.Grading;

/// <summary>A method that has no grade in a scenario.</summary>
/// <param name="Scenario">Name of the scenario.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Reason">What it lacks, or what went wrong.</param>
/// <param name="Failed">It should have run and broke; else it can't run here.</param>
public sealed record MethodFailure(string Scenario, string Method, string Reason, bool Failed);
