using Tda.Store.Reviews;

namespace Tda.Store;

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

    /// <summary>The status sent to the client.</summary>
    public StatusRange? Status { get; init; }

    /// <summary>The terminal state.</summary>
    public TerminalState? State { get; init; }

    /// <summary>Streamed or not.</summary>
    public bool? Streamed { get; init; }

    /// <summary>A tag's name; with <see cref="TagValue"/> the value too.</summary>
    public string? TagName { get; init; }

    /// <summary>The tag's value, exactly; needs <see cref="TagName"/>.</summary>
    public string? TagValue { get; init; }

    /// <summary>The id of the client key that it came with, exactly.</summary>
    public string? Client { get; init; }

    /// <summary>
    /// Words that must all occur in prompt or response, whole and without case; <c>"several words"</c> in this order,
    /// <c>begin*</c> for words that begin so. Whatever is neither letter nor digit only separates words.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>Whether somebody gave feedback; false has no effect.</summary>
    public bool HasFeedback { get; init; }

    /// <summary>Feedback with this label, exactly; its value must meet <see cref="LabelValue"/>.</summary>
    public string? FeedbackLabel { get; init; }

    /// <summary>What the label's newest value must be; null: at least .5. Needs <see cref="FeedbackLabel"/>.</summary>
    public LabelBound? LabelValue { get; init; }

    /// <summary>Where their review stands.</summary>
    public ReviewCondition? Review { get; init; }

    /// <summary>
    /// One in so many, 1 or more, chosen by a hash of the place: always the same ones, in every database; null = all.
    /// </summary>
    public int? Sample { get; init; }

    /// <summary>Oldest first instead of newest first.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Go on after this place, in the chosen order.</summary>
    public ExchangeCursor? After { get; init; }

    /// <summary>At most so many in all; null = no limit.</summary>
    public int? Limit { get; init; }
}

/// <summary>HTTP statuses to look for: one, or a class of them.</summary>
/// <param name="Low">The lowest.</param>
/// <param name="High">The highest.</param>
public sealed record StatusRange(int Low, int High)
{
    /// <summary>Reads <c>429</c> or <c>4xx</c>; null for anything else.</summary>
    public static StatusRange? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isClass = text.Length == 3 && text.EndsWith("xx", StringComparison.OrdinalIgnoreCase);
        return text.Length == 3 && int.TryParse(isClass ? text[..1] + "00" : text, NumberStyles.None, CultureInfo.InvariantCulture, out var low) && low >= 100
            ? new(low, isClass ? low + 99 : low)
            : null;
    }

    /// <summary>As it is written.</summary>
    public override string ToString() =>
        Low == High ? Low.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Low / 100}xx");
}

/// <summary>A place in the log's order, from which a listing goes on.</summary>
/// <param name="Place">The time in microseconds since 1970 times 1024, plus a number that tells apart what began in the same microsecond.</param>
public readonly record struct ExchangeCursor(long Place)
{
    internal const int PlacesPerMicrosecond = 1024;
    private const long LastMicrosecond = (1L << 53) - 2; // of the year 2255; later times share it

    /// <summary>A short text for links.</summary>
    public override string ToString() => Place.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> wrote; false for anything else.</summary>
    public static bool TryParse(string? text, out ExchangeCursor cursor)
    {
        var read = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place);
        cursor = new(place);
        return read;
    }

    /// <summary>The first place of a time.</summary>
    internal static long FirstPlace(long microseconds) => Math.Clamp(microseconds, 0, LastMicrosecond) * PlacesPerMicrosecond;
}
