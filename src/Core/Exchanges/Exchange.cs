using System.Text.Json.Serialization;

namespace Tda.Core.Exchanges;

/// <summary>One request to the closed model with its response, as logged.</summary>
/// <remarks>
/// The bodies are the record of truth; the parsed fields are read from a copy of them and are null when the shape is
/// unknown (<see cref="ParseError"/> says why). Of several choices the parsed fields are those of choice 0.
/// </remarks>
public sealed record Exchange
{
    private const int SwitchingProtocols = 101;

    /// <summary>Unique and sortable by time (UUID version 7).</summary>
    public required string Id { get; init; }

    /// <summary>
    /// The kind of call: what stands below the API's root, whichever that is, named as below <c>/v1</c>, without ids: e.g.
    /// <c>/v1/chat/completions</c>, <c>/v1/models</c>, <c>/v1/models:generateContent</c>.
    /// </summary>
    public required string Route { get; init; }

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>Path and query, secrets redacted.</summary>
    public required string Path { get; init; }

    /// <summary>When the request's headers arrived; microsecond precision, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The status sent to the client; null when it left before one.</summary>
    public int? Status { get; init; }

    /// <summary>How it ended.</summary>
    public required TerminalState State { get; init; }

    /// <summary>What broke it, in words, when <see cref="State"/> is not complete.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the response came as a stream of events (server-sent ones, or in Amazon's encoding), or is what the upstream sent over a WebSocket.</summary>
    public bool Streamed { get; init; }

    /// <summary>
    /// Whether it is a WebSocket connection: then its bodies are event streams of the messages that the client and the upstream sent
    /// (docs/formats.md, WebSocket).
    /// </summary>
    [JsonIgnore]
    public bool IsWebSocket => Status == SwitchingProtocols || (Method == "CONNECT" && Status is >= 200 and < 300);

    /// <summary>The model that answered, else the one asked for.</summary>
    public string? Model { get; init; }

    /// <summary>The prompt as one text: that of a completion, or the chat rendered by <see cref="ChatText"/>.</summary>
    public string? Prompt { get; init; }

    /// <summary>The chat's messages; null for a completion.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>The response's text.</summary>
    public string? Response { get; init; }

    /// <summary>The JSON array of the response's tool calls; streamed pieces are joined by their index.</summary>
    public string? ToolCalls { get; init; }

    /// <summary>Why the model stopped, as the upstream names it.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The response's tokens with log-probabilities, when the client asked for them.</summary>
    public IReadOnlyList<TokenLogprob>? Logprobs { get; init; }

    /// <summary>Token counts.</summary>
    public Usage? Usage { get; init; }

    /// <summary>Milliseconds from the start to the first piece of the answer.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>Milliseconds from the start to the end.</summary>
    public double TotalMs { get; init; }

    /// <summary>Labels that the client gave.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The request's headers, secrets redacted.</summary>
    public IReadOnlyList<HeaderField> RequestHeaders { get; init; } = [];

    /// <summary>The response's headers, secrets redacted.</summary>
    public IReadOnlyList<HeaderField> ResponseHeaders { get; init; } = [];

    /// <summary>The request's body.</summary>
    public RecordedBody RequestBody { get; init; } = RecordedBody.Empty;

    /// <summary>The response's body as sent to the client.</summary>
    public RecordedBody ResponseBody { get; init; } = RecordedBody.Empty;

    /// <summary>Why the bodies could not be parsed in full; null when they could or when the route has no parser.</summary>
    public string? ParseError { get; init; }

    /// <summary>What the model said before its answer where the API shows it (reasoning, thinking); not part of <see cref="Response"/>.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The id of the gateway's client key that the request came with; null when the gateway asks for none.</summary>
    public string? Client { get; init; }

    /// <summary>How the connection ended, before the answer's content was looked at; <see cref="State"/> adds what that says.</summary>
    public TerminalState WireState { get; init; }

    /// <summary>The gateway run that recorded it; null when imported.</summary>
    public string? SessionId { get; init; }

    /// <summary>Its place in its session's record, from 1, without gaps; null when imported.</summary>
    public long? Sequence { get; init; }

    /// <summary>The session's hash chain up to and with this exchange, lower-case hex (<see cref="ExchangeChain"/>); null when imported.</summary>
    public string? Chain { get; init; }
}

/// <summary>One header line as recorded; secrets are already redacted.</summary>
public sealed record HeaderField(string Name, string Value);

/// <summary>Token counts as the upstream billed them; null where it did not say.</summary>
public sealed record Usage(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? PromptTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? CompletionTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? TotalTokens);

/// <summary>A token of the response with its log-probability.</summary>
/// <param name="Token">The token's text; not always valid text of its own, see <see cref="Bytes"/>.</param>
/// <param name="Logprob">Natural logarithm of the token's probability; null where the upstream gives none (an echoed first token).</param>
/// <param name="Alternatives">The most probable tokens at this position, most probable first; empty when not asked for.</param>
public sealed record TokenLogprob(
    string Token,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Logprob,
    IReadOnlyList<TokenAlternative> Alternatives)
{
    /// <summary>The token's UTF-8 bytes, where the upstream gave them.</summary>
    public int[]? Bytes { get; init; }
}

/// <summary>A token that the model could have said at a position.</summary>
/// <param name="Token">The token's text; not always valid text of its own, see <see cref="Bytes"/>.</param>
/// <param name="Logprob">Natural logarithm of its probability.</param>
public sealed record TokenAlternative(string Token, double Logprob)
{
    /// <summary>The token's UTF-8 bytes, where the upstream gave them.</summary>
    public int[]? Bytes { get; init; }
}

/// <summary>Times of the log: UTC, microseconds since 1970, which every supported database stores without loss.</summary>
public static class ExchangeTime
{
    private static readonly long Latest = ToMicroseconds(DateTimeOffset.MaxValue);

    /// <summary>Microseconds since 1970; what is finer is cut off.</summary>
    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time that <see cref="ToMicroseconds"/> gave.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>Cuts a time to what the log can hold, so that what is read equals what was written.</summary>
    public static DateTimeOffset Normalise(DateTimeOffset time) => FromMicroseconds(ToMicroseconds(time));

    /// <summary>Whether a number is a time from 1970 on that .NET can represent.</summary>
    public static bool InRange(long microseconds) => microseconds >= 0 && microseconds <= Latest;
}
