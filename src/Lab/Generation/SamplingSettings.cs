namespace Tda.Lab.Generation;

/// <summary>How one completion is drawn.</summary>
public sealed record SamplingSettings
{
    /// <summary>0 to 2; 0 is greedy. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>0 to 1: only the smallest set of most likely tokens with at least this mass is drawn from. Default 1.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The most tokens to generate; null means up to the context's end.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the completion; they are not part of it. Compared as UTF-8 bytes.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Alternatives whose log-probabilities are kept for each token; null keeps no log-probabilities at all.</summary>
    public int? TopLogprobs { get; init; }
}
