namespace Tda.Lab.Generation;

/// <summary>A token that could have come next, with its log-probability in nats.</summary>
public readonly record struct TokenCandidate(int Id, float Logprob);
