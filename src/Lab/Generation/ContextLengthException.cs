namespace Tda.Lab.Generation;

/// <summary>A prompt that leaves no room for a completion.</summary>
public sealed class ContextLengthException(int promptTokens, int contextLength) : TdaException(
    $"This model's maximum context length is {contextLength} tokens (the beginning-of-text token included). However, your " +
    $"prompt has {promptTokens} tokens, which leaves no room for a completion. Please reduce the length of the prompt.")
{
    /// <summary>Tokens of the prompt, BOS included.</summary>
    public int PromptTokens => promptTokens;
}
