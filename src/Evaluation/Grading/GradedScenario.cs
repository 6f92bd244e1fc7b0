namespace Tda.Evaluation.Grading;

/// <summary>What may be known of the closed model, and the models that stand in for it.</summary>
/// <param name="Name">S0 to S5, or a name of one's own.</param>
/// <param name="Meaning">In words.</param>
/// <param name="Members">At least one; more are an ensemble.</param>
public sealed record GradedScenario(string Name, string Meaning, IReadOnlyList<GradedMember> Members);
