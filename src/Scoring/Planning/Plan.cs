namespace Tda.Scoring.Planning;

/// <summary>What a corpus under a surrogate will need.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Surrogate">The surrogate.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Documents">Documents, counted.</param>
/// <param name="Rows">Rows of the surrogate's context, counted.</param>
/// <param name="Tokens">Label tokens, counted.</param>
/// <param name="Jobs">Job by job.</param>
/// <param name="Throughput">The probe; null without one.</param>
public sealed record Plan(
    string Corpus, string Surrogate, long Parameters, int Documents, int Rows, long Tokens, IReadOnlyList<JobPlan> Jobs, Throughput? Throughput);
