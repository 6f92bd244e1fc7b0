namespace Tda.Lab.Protocol;

/// <summary>Tokens read (BOS included) and drawn (those of stop sequences included, EOS not).</summary>
public readonly record struct TokenUsage(int PromptTokens, int CompletionTokens);
