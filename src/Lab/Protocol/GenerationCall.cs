using Tda.Lab.Generation;

namespace Tda.Lab.Protocol;

/// <summary>A validated request of either endpoint.</summary>
public sealed record GenerationCall
{
    /// <summary>The endpoint, which decides the shape of the answer.</summary>
    public required CallKind Kind { get; init; }

    /// <summary>The model asked for.</summary>
    public required string Model { get; init; }

    /// <summary>Prompts; exactly one for a chat.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary><c>n</c>: completions per prompt.</summary>
    public required int Choices { get; init; }

    /// <summary>Null when the client gave none.</summary>
    public required long? Seed { get; init; }

    /// <summary>How each completion is drawn.</summary>
    public required SamplingSettings Sampling { get; init; }

    /// <summary>Whether to answer by server-sent events.</summary>
    public required bool Stream { get; init; }

    /// <summary><c>stream_options.include_usage</c></summary>
    public required bool IncludeUsage { get; init; }
}
