namespace Tda.Lab.Generation;

/// <summary>How <see cref="Sampler"/> draws completions.</summary>
public sealed record SamplerOptions
{
    /// <summary>How each completion is drawn.</summary>
    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Completions per prompt, at least 1. Default 1.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Seed of the first completion; the others' follow from it and their index.</summary>
    public long Seed { get; init; }

    /// <summary>Sequences decoded together, at least 1. Default 64. Changes speed and memory, not the completions.</summary>
    public int BatchSize { get; init; } = 64;
}
