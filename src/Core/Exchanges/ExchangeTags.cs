namespace Tda.Core.Exchanges;

/// <summary>Tags with a meaning of their own; the others are the clients'.</summary>
public static class ExchangeTags
{
    /// <summary>The request's header that labels an exchange: <c>name=value, name=value</c>.</summary>
    public const string Header = "X-Tda-Tags";

    /// <summary>The request's header that says what the gateway must not do with the exchange: <see cref="OptOutOfRecording"/>, <see cref="OptOutOfDistilling"/>, or both.</summary>
    public const string OptOutHeader = "X-Tda-Opt-Out";

    /// <summary>In <see cref="OptOutHeader"/>: no surrogate may learn the exchange.</summary>
    public const string OptOutOfDistilling = "distill";

    /// <summary>In <see cref="OptOutHeader"/>: the exchange is forwarded and not recorded.</summary>
    public const string OptOutOfRecording = "record";

    /// <summary>Whether the exchange may be distilled: <see cref="No"/> when its client or the upstream's terms say that it may not.</summary>
    public const string Distill = "tda.distill";

    /// <summary>Why it may not, where the gateway's configuration says so.</summary>
    public const string Terms = "tda.terms";

    /// <summary>The upstream that answered, where a gateway has several: its name in the configuration, else its host.</summary>
    public const string Upstream = "tda.upstream";

    /// <summary>The id of the first attempt, where the gateway sent the request again after it had failed.</summary>
    public const string First = "tda.first";

    /// <summary>Which attempt it is then, from 2.</summary>
    public const string Attempt = "tda.attempt";

    /// <summary>The value that forbids.</summary>
    public const string No = "no";

    /// <summary>Whether the gateway asked for the log-probabilities in the recorded answer (<see cref="Added"/>), so that the client got it without.</summary>
    public const string Logprobs = "tda.logprobs";

    /// <summary>The value of <see cref="Logprobs"/>.</summary>
    public const string Added = "added";

    /// <summary>
    /// Which bodies the gateway's limits on memory left their mark on: <see cref="Cut"/> or <see cref="Packed"/>, of the request, the response
    /// or both, such as <c>request cut, response packed</c>.
    /// </summary>
    public const string Limited = "tda.limited";

    /// <summary>In <see cref="Limited"/>: only the body's beginning was recorded.</summary>
    public const string Cut = "cut";

    /// <summary>In <see cref="Limited"/>: the body is packed as it came, and was not looked into: unpacked it is beyond the limits.</summary>
    public const string Packed = "packed";

    private const string Request = "request";
    private const string Response = "response";

    /// <summary>The value of <see cref="Limited"/>; null where nothing was limited.</summary>
    public static string? LimitedValue(bool requestCut, bool requestPacked, bool responseCut, bool responsePacked)
    {
        if (!(requestCut || requestPacked || responseCut || responsePacked))
        {
            return null;
        }

        (bool Holds, string Part, string How)[] marks =
            [(requestCut, Request, Cut), (requestPacked, Request, Packed), (responseCut, Response, Cut), (responsePacked, Response, Packed)];
        return string.Join(", ", marks.Where(mark => mark.Holds).Select(mark => $"{mark.Part} {mark.How}"));
    }

    /// <summary>Whether the request's body has a mark of <see cref="Limited"/>.</summary>
    public static bool IsRequest(string how, IReadOnlyDictionary<string, string> tags) => HasMark($"{Request} {how}", tags);

    /// <summary>Whether the response's body has a mark of <see cref="Limited"/>.</summary>
    public static bool IsResponse(string how, IReadOnlyDictionary<string, string> tags) => HasMark($"{Response} {how}", tags);

    private static bool HasMark(string mark, IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue(Limited, out var value) && value.Contains(mark, StringComparison.Ordinal);
}

/// <summary>A tag to look for, with any value or one.</summary>
/// <param name="Name">The tag's name.</param>
/// <param name="Value">Its value; null for any.</param>
public sealed record TagPattern(string Name, string? Value)
{
    private const string Prefix = "tag=";

    /// <summary>Reads <c>tag=NAME</c> or <c>tag=NAME=VALUE</c>.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static TagPattern Parse(string text)
    {
        var parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('=', 2) : [""];
        return parts[0].Trim() is { Length: > 0 } name
            ? new(name, parts.Length > 1 ? parts[1].Trim() : null)
            : throw new UsageException($"'{text}' names no tag: write tag=NAME or tag=NAME=VALUE");
    }

    /// <summary>Whether an exchange has the tag.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue(Name, out var value) && (Value is null || value == Value);
}

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
    public string? LeavesOut(Exchange exchange) =>
        exchange.Tags.GetValueOrDefault(ExchangeTags.Distill) == ExchangeTags.No ? "opted_out"
            : Exclude.Any(pattern => pattern.Matches(exchange.Tags)) ? "excluded_tag"
            : exchange.State != TerminalState.Complete || IsCut(exchange) ? "not_complete"
            : exchange.Status >= FirstError ? "error_status"
            : exchange is not { Prompt: not null, Response.Length: > 0 } ? "no_text"
            : null;

    // The answer of a stream that was recorded in part looks whole; and of a connection, what is missing of the client's messages was asked.
    private static bool IsCut(Exchange exchange) =>
        exchange.ResponseBody.Truncated || ExchangeTags.IsResponse(ExchangeTags.Cut, exchange.Tags)
        || (exchange.IsWebSocket && (exchange.RequestBody.Truncated || ExchangeTags.IsRequest(ExchangeTags.Cut, exchange.Tags)));
}
