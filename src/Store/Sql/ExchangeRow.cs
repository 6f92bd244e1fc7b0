using System.Security.Cryptography;

namespace Tda.Store.Sql;

/// <summary>
/// A row of <c>exchanges</c> with its two blobs. Property names are the columns' without underscores; see <see cref="ExchangeColumns"/>.
/// </summary>
internal sealed class ExchangeRow
{
    public long Place { get; set; }

    public string Id { get; init; } = "";

    public string? SessionId { get; init; }

    public long? Sequence { get; init; }

    public string? Chain { get; init; }

    public long StartedAt { get; init; }

    public string Route { get; init; } = "";

    public string Method { get; init; } = "";

    public string Path { get; init; } = "";

    public int? Status { get; init; }

    public string State { get; init; } = "";

    public string WireState { get; init; } = "";

    public string? Failure { get; init; }

    public bool Streamed { get; init; }

    public string? Client { get; init; }

    public string? Model { get; init; }

    public string? Prompt { get; init; }

    public string? Messages { get; init; }

    public string? Response { get; init; }

    public string? Reasoning { get; init; }

    public string? ToolCalls { get; init; }

    public string? FinishReason { get; init; }

    public string? Logprobs { get; init; }

    public long? PromptTokens { get; init; }

    public long? CompletionTokens { get; init; }

    public long? TotalTokens { get; init; }

    public double? FirstTokenMs { get; init; }

    public double TotalMs { get; init; }

    public string Tags { get; init; } = "";

    public string RequestHeaders { get; init; } = "";

    public string ResponseHeaders { get; init; } = "";

    public byte[]? RequestBlob { get; init; }

    public long RequestLength { get; init; }

    public string? RequestSha256 { get; init; }

    public long RequestKept { get; init; }

    public int RequestRedactions { get; init; }

    public bool RequestUnpacked { get; init; }

    public byte[]? RequestBytes { get; init; }

    public byte[]? ResponseBlob { get; init; }

    public long ResponseLength { get; init; }

    public string? ResponseSha256 { get; init; }

    public long ResponseKept { get; init; }

    public int ResponseRedactions { get; init; }

    public bool ResponseUnpacked { get; init; }

    public byte[]? ResponseBytes { get; init; }

    public string? ParseError { get; init; }

    /// <summary>The labels themselves, for their own table.</summary>
    public IReadOnlyDictionary<string, string> TagSet { get; init; } = new Dictionary<string, string>();

    /// <summary>A row for an exchange; its place is the first of its microsecond.</summary>
    public static ExchangeRow From(Exchange e) => new()
    {
        Place = ExchangeCursor.FirstPlace(ExchangeTime.ToMicroseconds(e.StartedAt)),
        Id = e.Id,
        SessionId = e.SessionId,
        Sequence = e.Sequence,
        Chain = e.Chain,
        StartedAt = ExchangeTime.ToMicroseconds(e.StartedAt),
        Route = Clean(e.Route),
        Method = Clean(e.Method),
        Path = Clean(e.Path),
        Status = e.Status,
        State = e.State.Name(),
        WireState = e.WireState.Name(),
        Failure = StoredText.Of(e.Failure),
        Streamed = e.Streamed,
        Client = StoredText.Of(e.Client),
        Model = StoredText.Of(e.Model),
        Prompt = StoredText.Of(e.Prompt),
        Messages = Json(e.Messages),
        Response = StoredText.Of(e.Response),
        Reasoning = StoredText.Of(e.Reasoning),
        ToolCalls = StoredText.Of(e.ToolCalls),
        FinishReason = StoredText.Of(e.FinishReason),
        Logprobs = Json(e.Logprobs),
        PromptTokens = e.Usage?.PromptTokens,
        CompletionTokens = e.Usage?.CompletionTokens,
        TotalTokens = e.Usage?.TotalTokens,
        FirstTokenMs = e.FirstTokenMs,
        TotalMs = e.TotalMs,
        Tags = e.Tags.Count == 0 ? "{}" : Json(e.Tags)!,
        TagSet = e.Tags,
        RequestHeaders = Json(e.RequestHeaders)!,
        ResponseHeaders = Json(e.ResponseHeaders)!,
        RequestBlob = BodyColumns.Hash(e.RequestBody),
        RequestLength = e.RequestBody.Length,
        RequestSha256 = BodyColumns.Sha256(e.RequestBody),
        RequestKept = e.RequestBody.Bytes.LongLength,
        RequestRedactions = e.RequestBody.Redactions,
        RequestUnpacked = e.RequestBody.Unpacked,
        RequestBytes = e.RequestBody.Bytes,
        ResponseBlob = BodyColumns.Hash(e.ResponseBody),
        ResponseLength = e.ResponseBody.Length,
        ResponseSha256 = BodyColumns.Sha256(e.ResponseBody),
        ResponseKept = e.ResponseBody.Bytes.LongLength,
        ResponseRedactions = e.ResponseBody.Redactions,
        ResponseUnpacked = e.ResponseBody.Unpacked,
        ResponseBytes = e.ResponseBody.Bytes,
        ParseError = StoredText.Of(e.ParseError),
    };

    public Exchange ToExchange() => new()
    {
        Id = Id,
        SessionId = SessionId,
        Sequence = Sequence,
        Chain = Chain,
        StartedAt = ExchangeTime.FromMicroseconds(StartedAt),
        Route = Route,
        Method = Method,
        Path = Path,
        Status = Status,
        State = StateOf(State, Id),
        WireState = StateOf(WireState, Id),
        Failure = Failure,
        Streamed = Streamed,
        Client = Client,
        Model = Model,
        Prompt = Prompt,
        Messages = Read<List<ChatMessage>>(Messages),
        Response = Response,
        Reasoning = Reasoning,
        ToolCalls = ToolCalls,
        FinishReason = FinishReason,
        Logprobs = Read<List<TokenLogprob>>(Logprobs),
        Usage = (PromptTokens ?? CompletionTokens ?? TotalTokens) is null ? null : new(PromptTokens, CompletionTokens, TotalTokens),
        FirstTokenMs = FirstTokenMs,
        TotalMs = TotalMs,
        Tags = Read<Dictionary<string, string>>(Tags) ?? [],
        RequestHeaders = Read<List<HeaderField>>(RequestHeaders) ?? [],
        ResponseHeaders = Read<List<HeaderField>>(ResponseHeaders) ?? [],
        RequestBody = BodyColumns.Body(
            RequestBlob, RequestBytes, RequestLength, RequestSha256, RequestKept, RequestRedactions, RequestUnpacked),
        ResponseBody = BodyColumns.Body(
            ResponseBlob, ResponseBytes, ResponseLength, ResponseSha256, ResponseKept, ResponseRedactions, ResponseUnpacked),
        ParseError = ParseError,
    };

    public static TerminalState StateOf(string name, string id) =>
        TerminalStates.TryParse(name, out var state)
            ? state
            : throw new InvalidDataException($"exchange {id} has the unknown state '{name}'");

    private static string Clean(string text) => StoredText.Of(text)!;

    private static string? Json<T>(T? value) => value is null ? null : JsonSerializer.Serialize(value, JsonDefaults.Options);

    private static T? Read<T>(string? json)
        where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, JsonDefaults.Options);
}

/// <summary>A body as columns: the hash of its blob (none when it is empty), and the wire's SHA-256 where that is another.</summary>
internal static class BodyColumns
{
    public static byte[]? Hash(RecordedBody body) => body.Bytes.Length == 0 ? null : Wire(body) ?? SHA256.HashData(body.Bytes);

    public static string? Sha256(RecordedBody body) =>
        body.Bytes.Length == 0 ? body.Sha256 == RecordedBody.Empty.Sha256 ? null : body.Sha256 : Wire(body) is null ? body.Sha256 : null;

    public static RecordedBody Body(byte[]? hash, byte[]? bytes, long length, string? sha256, long kept, int redactions, bool unpacked) =>
        new(bytes ?? [], length, sha256 ?? (hash is null ? RecordedBody.Empty.Sha256 : Convert.ToHexStringLower(hash)))
        {
            KeptBytes = kept,
            Redactions = redactions,
            Unpacked = unpacked,
        };

    // What the recorder has hashed is not hashed again: the verifier does that. Anything that does not look like its work is.
    private static byte[]? Wire(RecordedBody body) =>
        !body.Truncated && body.Sha256.Length == 2 * SHA256.HashSizeInBytes && body.Sha256.All(char.IsAsciiHexDigitLower)
            ? Convert.FromHexString(body.Sha256)
            : null;
}
