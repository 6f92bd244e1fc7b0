namespace Tda.Bench.Gateway;

/// <summary>What a case found.</summary>
/// <param name="Result">Everything measured; written as JSON.</param>
/// <param name="Failures">What must hold and did not: errors, losses. Missed targets of speed are no failures; they stand in the result.</param>
internal sealed record CaseOutcome(object Result, IReadOnlyList<string> Failures);
