namespace Tda.Core.Exchanges;

/// <summary>Which exchanges may teach a surrogate: whole answers that nobody keeps back.</summary>
public sealed record DistillationRule
{
    private const int FirstError = 400;

    /// <summary>Exchanges with one of these tags are left out. Default none.</summary>
    public IReadOnlyList<TagPattern> Exclude { get; init; } = [];

    /// <summary>
    /// Why an exchange is left out: <c>opted_out</c> (its client or the upstream's terms forbid it), <c>excluded_tag</c>,
    /// <c>not_complete</c>, <c>error_status</c> or <c>no_text</c>; null when it is taken.
    /// </summary>
    public string? LeavesOut(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Tags.GetValueOrDefault(ExchangeTags.Distill) == ExchangeTags.No ? "opted_out"
            : Exclude.Any(pattern => pattern.Matches(exchange.Tags)) ? "excluded_tag"
            : exchange.State != TerminalState.Complete ? "not_complete"
            : exchange.Status >= FirstError ? "error_status"
            : exchange is not { Prompt: not null, Response.Length: > 0 } ? "no_text"
            : null;
    }
}
