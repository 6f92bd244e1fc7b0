namespace Tda.Lab.Generation;

/// <summary>
/// A generated token. <see cref="Logprob"/> (nats) is that of the model itself, before temperature and top-p, over the
/// tokens it may emit; NaN when log-probabilities were not asked for. <see cref="Top"/> is ordered, most likely first.
/// </summary>
public readonly record struct GeneratedToken(int Id, float Logprob, IReadOnlyList<TokenCandidate> Top);
