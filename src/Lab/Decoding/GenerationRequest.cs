using Tda.Lab.Generation;

namespace Tda.Lab.Decoding;

/// <summary>Completions asked for together; sequence <c>prompt · Choices + choice</c> continues prompt <c>prompt</c>.</summary>
public sealed record GenerationRequest
{
    /// <summary>BOS and tokens of each prompt (see <see cref="PromptEncoder"/>).</summary>
    public required IReadOnlyList<int[]> Prompts { get; init; }

    /// <summary>How each completion is drawn.</summary>
    public required SamplingSettings Sampling { get; init; }

    /// <summary>Completions per prompt, at least 1.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Seed of the first completion; the others' follow from it and their index.</summary>
    public required long Seed { get; init; }

    /// <summary>Completions in all.</summary>
    public int Sequences => Prompts.Count * Choices;
}
