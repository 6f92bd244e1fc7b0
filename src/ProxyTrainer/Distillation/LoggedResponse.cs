namespace Tda.ProxyTrainer.Distillation;

/// <summary>What the closed model answered, as distillation needs it of an exchange.</summary>
/// <param name="Prompt">The prompt, as text.</param>
/// <param name="Response">The answer's text.</param>
/// <param name="Logprob">Sum of the answer's log-probabilities in nats, where the closed model gave them.</param>
public sealed record LoggedResponse(string Prompt, string Response, double? Logprob = null);
