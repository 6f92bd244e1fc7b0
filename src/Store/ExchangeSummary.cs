namespace Tda.Store;

/// <summary>One line of a listing.</summary>
public sealed record ExchangeSummary
{
    /// <summary>Characters of prompt and response that a summary carries.</summary>
    public const int PreviewLength = 200;

    /// <summary>The exchange's id.</summary>
    public required string Id { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The kind of call.</summary>
    public required string Route { get; init; }

    /// <summary>The status sent to the client.</summary>
    public int? Status { get; init; }

    /// <summary>How it ended.</summary>
    public required TerminalState State { get; init; }

    /// <summary>Whether it was streamed.</summary>
    public bool Streamed { get; init; }

    /// <summary>The model.</summary>
    public string? Model { get; init; }

    /// <summary>The prompt's first <see cref="PreviewLength"/> characters.</summary>
    public string? PromptPreview { get; init; }

    /// <summary>The response's first <see cref="PreviewLength"/> characters.</summary>
    public string? ResponsePreview { get; init; }

    /// <summary>The id of the client key that it came with.</summary>
    public string? Client { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Tokens of the completion.</summary>
    public long? CompletionTokens { get; init; }

    /// <summary>Tokens of prompt and completion.</summary>
    public long? TotalTokens { get; init; }

    /// <summary>Milliseconds to the first piece of the answer.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>Milliseconds in all.</summary>
    public double TotalMs { get; init; }

    /// <summary>Whether the bodies could not be parsed in full.</summary>
    public bool HasParseError { get; init; }

    /// <summary>This line's place in the order.</summary>
    public required ExchangeCursor Cursor { get; init; }
}
