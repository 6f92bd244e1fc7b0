namespace Tda.Core.Exchanges;

/// <summary>Token counts as the upstream billed them; null where it did not say.</summary>
public sealed record Usage(long? PromptTokens, long? CompletionTokens, long? TotalTokens);
