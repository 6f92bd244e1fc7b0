using System.Data;
using System.Data.Common;
using System.Security.Cryptography;

namespace Tda.Store.Sql;

/// <summary>A row of <c>exchanges</c>: what is to be inserted, worked out before the write's turn comes.</summary>
internal sealed class ExchangeRow
{
    /// <summary>A row for an exchange; its place is the first of its microsecond.</summary>
    public ExchangeRow(Exchange exchange)
    {
        Exchange = exchange;
        Place = ExchangeCursor.FirstPlace(ExchangeTime.ToMicroseconds(exchange.StartedAt));
        Prompt = StoredText.Of(exchange.Prompt);
        Response = StoredText.Of(exchange.Response);
        RequestBlob = BodyColumns.Hash(exchange.RequestBody);
        ResponseBlob = BodyColumns.Hash(exchange.ResponseBody);
        Values = [.. ExchangeColumns.All.Select(column => column.Value(this))];
    }

    public Exchange Exchange { get; }

    public long Place { get; set; }

    public string? Prompt { get; }

    public string? Response { get; }

    public byte[]? RequestBlob { get; }

    public byte[]? ResponseBlob { get; }

    /// <summary>The values of <see cref="ExchangeColumns.All"/>.</summary>
    public object?[] Values { get; }

    /// <summary>The exchange in a row of <see cref="Statements.SelectExchanges"/>.</summary>
    public static Exchange Read(DbDataReader row)
    {
        var (promptTokens, completionTokens, totalTokens) =
            (row.Get<long?>("prompt_tokens"), row.Get<long?>("completion_tokens"), row.Get<long?>("total_tokens"));
        return new()
        {
            Id = row.GetString("id"),
            SessionId = row.Get<string>("session_id"),
            Sequence = row.Get<long?>("sequence"),
            Chain = row.Get<string>("chain"),
            StartedAt = ExchangeTime.FromMicroseconds(row.GetInt64("started_at")),
            Route = row.GetString("route"),
            Method = row.GetString("method"),
            Path = row.GetString("path"),
            Status = row.Get<int?>("status"),
            State = StateOf(row.GetString("state"), row.GetString("id")),
            WireState = StateOf(row.GetString("wire_state"), row.GetString("id")),
            Failure = row.Get<string>("failure"),
            Streamed = row.GetBoolean("streamed"),
            Client = row.Get<string>("client"),
            Model = row.Get<string>("model"),
            Prompt = row.Get<string>("prompt"),
            Messages = row.Json<List<ChatMessage>>("messages"),
            Response = row.Get<string>("response"),
            Reasoning = row.Get<string>("reasoning"),
            ToolCalls = row.Get<string>("tool_calls"),
            FinishReason = row.Get<string>("finish_reason"),
            Logprobs = row.Json<List<TokenLogprob>>("logprobs"),
            Usage = (promptTokens ?? completionTokens ?? totalTokens) is null ? null : new(promptTokens, completionTokens, totalTokens),
            FirstTokenMs = row.Get<double?>("first_token_ms"),
            TotalMs = row.GetDouble("total_ms"),
            Tags = row.Json<Dictionary<string, string>>("tags") ?? [],
            RequestHeaders = row.Json<List<HeaderField>>("request_headers") ?? [],
            ResponseHeaders = row.Json<List<HeaderField>>("response_headers") ?? [],
            RequestBody = BodyColumns.Read(row, "request"),
            ResponseBody = BodyColumns.Read(row, "response"),
            ParseError = row.Get<string>("parse_error"),
        };
    }

    public static TerminalState StateOf(string name, string id) =>
        TerminalStates.TryParse(name, out var state)
            ? state
            : throw new InvalidDataException($"exchange {id} has the unknown state '{name}'");
}

/// <summary>A body as columns: the hash of its blob (none when it is empty), and the wire's SHA-256 where that is another.</summary>
internal static class BodyColumns
{
    public static byte[]? Hash(RecordedBody body) => body.Bytes.Length == 0 ? null : Wire(body) ?? SHA256.HashData(body.Bytes);

    public static string? Sha256(RecordedBody body) =>
        body.Bytes.Length == 0 ? body.Sha256 == RecordedBody.Empty.Sha256 ? null : body.Sha256 : Wire(body) is null ? body.Sha256 : null;

    /// <param name="row">The row.</param>
    /// <param name="part">The beginning of its columns' names.</param>
    public static RecordedBody Read(DbDataReader row, string part)
    {
        var sha256 = row.Get<string>($"{part}_sha256")
            ?? (row.Get<byte[]>($"{part}_blob") is { } hash ? Convert.ToHexStringLower(hash) : RecordedBody.Empty.Sha256);
        return new(row.Get<byte[]>($"{part}_bytes") ?? [], row.GetInt64($"{part}_length"), sha256)
        {
            KeptBytes = row.GetInt64($"{part}_kept"),
            Redactions = row.GetInt32($"{part}_redactions"),
            Unpacked = row.GetBoolean($"{part}_unpacked"),
        };
    }

    // What the recorder has hashed is not hashed again: the verifier does that. Anything that does not look like its work is.
    private static byte[]? Wire(RecordedBody body) =>
        !body.Truncated && body.Sha256.Length == 2 * SHA256.HashSizeInBytes && body.Sha256.All(char.IsAsciiHexDigitLower)
            ? Convert.FromHexString(body.Sha256)
            : null;
}

/// <summary>Reads columns that may be null.</summary>
internal static class RowReading
{
    public static T? Get<T>(this DbDataReader row, string column) => row.IsDBNull(column) ? default : row.GetFieldValue<T>(column);

    public static T? Json<T>(this DbDataReader row, string column)
        where T : class => row.Get<string>(column) is { } json ? JsonSerializer.Deserialize<T>(json, JsonDefaults.Options) : null;
}
