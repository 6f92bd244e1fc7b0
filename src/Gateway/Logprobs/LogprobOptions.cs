namespace Tda.Gateway.Logprobs;

/// <summary>Whether the upstream is asked for log-probabilities that the client did not ask for.</summary>
public sealed record LogprobOptions
{
    internal IEnumerable<string> Errors() => [];
}
