using System.Text.Json;
using Tda.Core.Exchanges;
using Tda.Core.Json;

namespace Tda.Core.Store.Sql;

/// <summary>A row of <c>exchanges</c> with its two blobs. Property names are the columns' without underscores.</summary>
internal sealed class ExchangeRow
{
    public string Id { get; init; } = "";

    public string? SessionId { get; init; }

    public long StartedAt { get; init; }

    public string Route { get; init; } = "";

    public string Method { get; init; } = "";

    public string Path { get; init; } = "";

    public int? Status { get; init; }

    public string State { get; init; } = "";

    public string? Failure { get; init; }

    public bool Streamed { get; init; }

    public string? Model { get; init; }

    public string? Prompt { get; init; }

    public string? Messages { get; init; }

    public string? Response { get; init; }

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

    public string RequestBlob { get; init; } = "";

    public long RequestLength { get; init; }

    public string RequestSha256 { get; init; } = "";

    public byte[] RequestBytes { get; init; } = [];

    public string ResponseBlob { get; init; } = "";

    public long ResponseLength { get; init; }

    public string ResponseSha256 { get; init; } = "";

    public byte[] ResponseBytes { get; init; } = [];

    public string? ParseError { get; init; }

    public static ExchangeRow From(Exchange e) => new()
    {
        Id = e.Id,
        SessionId = e.SessionId,
        StartedAt = ExchangeTime.ToMicroseconds(e.StartedAt),
        Route = e.Route,
        Method = e.Method,
        Path = e.Path,
        Status = e.Status,
        State = e.State.Name(),
        Failure = e.Failure,
        Streamed = e.Streamed,
        Model = e.Model,
        Prompt = e.Prompt,
        Messages = Json(e.Messages),
        Response = e.Response,
        ToolCalls = e.ToolCalls,
        FinishReason = e.FinishReason,
        Logprobs = Json(e.Logprobs),
        PromptTokens = e.Usage?.PromptTokens,
        CompletionTokens = e.Usage?.CompletionTokens,
        TotalTokens = e.Usage?.TotalTokens,
        FirstTokenMs = e.FirstTokenMs,
        TotalMs = e.TotalMs,
        Tags = Json(e.Tags)!,
        RequestHeaders = Json(e.RequestHeaders)!,
        ResponseHeaders = Json(e.ResponseHeaders)!,
        RequestBlob = BlobKey(e.RequestBody),
        RequestLength = e.RequestBody.Length,
        RequestSha256 = e.RequestBody.Sha256,
        RequestBytes = e.RequestBody.Bytes,
        ResponseBlob = BlobKey(e.ResponseBody),
        ResponseLength = e.ResponseBody.Length,
        ResponseSha256 = e.ResponseBody.Sha256,
        ResponseBytes = e.ResponseBody.Bytes,
        ParseError = e.ParseError,
    };

    public Exchange ToExchange() => new()
    {
        Id = Id,
        SessionId = SessionId,
        StartedAt = ExchangeTime.FromMicroseconds(StartedAt),
        Route = Route,
        Method = Method,
        Path = Path,
        Status = Status,
        State = StateOf(State, Id),
        Failure = Failure,
        Streamed = Streamed,
        Model = Model,
        Prompt = Prompt,
        Messages = Read<List<ChatMessage>>(Messages),
        Response = Response,
        ToolCalls = ToolCalls,
        FinishReason = FinishReason,
        Logprobs = Read<List<TokenLogprob>>(Logprobs),
        Usage = (PromptTokens ?? CompletionTokens ?? TotalTokens) is null ? null : new(PromptTokens, CompletionTokens, TotalTokens),
        FirstTokenMs = FirstTokenMs,
        TotalMs = TotalMs,
        Tags = Read<Dictionary<string, string>>(Tags) ?? [],
        RequestHeaders = Read<List<HeaderField>>(RequestHeaders) ?? [],
        ResponseHeaders = Read<List<HeaderField>>(ResponseHeaders) ?? [],
        RequestBody = new(RequestBytes, RequestLength, RequestSha256),
        ResponseBody = new(ResponseBytes, ResponseLength, ResponseSha256),
        ParseError = ParseError,
    };

    public static TerminalState StateOf(string name, string id) =>
        TerminalStates.TryParse(name, out var state) ? state : throw new InvalidDataException($"exchange {id} has the unknown state '{name}'");

    private static string BlobKey(RecordedBody body) => body.Truncated ? RecordedBody.Of(body.Bytes).Sha256 : body.Sha256;

    private static string? Json<T>(T? value) => value is null ? null : JsonSerializer.Serialize(value, JsonDefaults.Options);

    private static T? Read<T>(string? json)
        where T : class => json is null ? null : JsonSerializer.Deserialize<T>(json, JsonDefaults.Options);
}
