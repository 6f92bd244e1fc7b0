namespace Tda.Evaluation.Proxies;

/// <summary>One line of the study's table.</summary>
/// <param name="Scenario">S0 to S5, or <c>random</c>.</param>
/// <param name="Meaning">What is known of the target, in words.</param>
/// <param name="Single">Mean LDS of the members, each alone.</param>
/// <param name="Members">LDS of every member.</param>
/// <param name="Ensemble">LDS of the members' mean score, with its interval; null for the target itself.</param>
public sealed record ProxyScenarioResult(string Scenario, string Meaning, double Single, IReadOnlyList<double> Members, Interval? Ensemble);
