using Tda.Core.Exchanges;

namespace Tda.Core.Store;

/// <summary>Which exchanges to list; every condition given must hold.</summary>
public sealed record ExchangeFilter
{
    /// <summary>All exchanges, newest first.</summary>
    public static ExchangeFilter All { get; } = new();

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The model, exactly.</summary>
    public string? Model { get; init; }

    /// <summary>The route, exactly, e.g. <c>/v1/chat/completions</c>.</summary>
    public string? Route { get; init; }

    /// <summary>The terminal state.</summary>
    public TerminalState? State { get; init; }

    /// <summary>Streamed or not.</summary>
    public bool? Streamed { get; init; }

    /// <summary>A tag's name; with <see cref="TagValue"/> the value too.</summary>
    public string? TagName { get; init; }

    /// <summary>The tag's value, exactly; needs <see cref="TagName"/>.</summary>
    public string? TagValue { get; init; }

    /// <summary>Prompt or response contains this text, ASCII letters compared without case.</summary>
    public string? Text { get; init; }

    /// <summary>Oldest first instead of newest first.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Go on after this place, in the chosen order.</summary>
    public ExchangeCursor? After { get; init; }

    /// <summary>At most so many in all; null = no limit.</summary>
    public int? Limit { get; init; }
}
