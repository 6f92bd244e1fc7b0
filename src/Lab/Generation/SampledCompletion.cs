namespace Tda.Lab.Generation;

/// <summary>A completion drawn offline.</summary>
/// <param name="Prompt">Index of its prompt.</param>
/// <param name="Choice">Which of the prompt's completions it is, from 0.</param>
public sealed record SampledCompletion(
    int Prompt, int Choice, string Text, FinishReason Finish, IReadOnlyList<GeneratedToken> Tokens, int GeneratedTokens);
