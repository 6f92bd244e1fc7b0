namespace Tda.Store.Sql;

/// <summary>The columns of <c>exchanges</c>, named once for all statements.</summary>
internal static class ExchangeColumns
{
    /// <summary>All columns but the place, in the order of every INSERT.</summary>
    public static IReadOnlyList<ExchangeColumn> All { get; } =
    [
        ExchangeColumn.Of("id", "text", row => row.Exchange.Id),
        ExchangeColumn.Of("session_id", "text", row => row.Exchange.SessionId),
        ExchangeColumn.Of("sequence", "bigint", row => row.Exchange.Sequence),
        ExchangeColumn.Of("chain", "text", row => row.Exchange.Chain),
        ExchangeColumn.Of("started_at", "bigint", row => ExchangeTime.ToMicroseconds(row.Exchange.StartedAt)),
        ExchangeColumn.Of("route", "text", row => StoredText.Of(row.Exchange.Route)),
        ExchangeColumn.Of("method", "text", row => StoredText.Of(row.Exchange.Method)),
        ExchangeColumn.Of("path", "text", row => StoredText.Of(row.Exchange.Path)),
        ExchangeColumn.Of("status", "integer", row => row.Exchange.Status),
        ExchangeColumn.Of("state", "text", row => row.Exchange.State.Name()),
        ExchangeColumn.Of("wire_state", "text", row => row.Exchange.WireState.Name()),
        ExchangeColumn.Of("failure", "text", row => StoredText.Of(row.Exchange.Failure)),
        ExchangeColumn.Of("streamed", "boolean", row => row.Exchange.Streamed),
        ExchangeColumn.Of("client", "text", row => StoredText.Of(row.Exchange.Client)),
        ExchangeColumn.Of("model", "text", row => StoredText.Of(row.Exchange.Model)),
        ExchangeColumn.Of("prompt", "text", row => row.Prompt),
        ExchangeColumn.Of("messages", "text", row => StoredText.Json(row.Exchange.Messages)),
        ExchangeColumn.Of("response", "text", row => row.Response),
        ExchangeColumn.Of("reasoning", "text", row => StoredText.Of(row.Exchange.Reasoning)),
        ExchangeColumn.Of("tool_calls", "text", row => StoredText.Of(row.Exchange.ToolCalls)),
        ExchangeColumn.Of("finish_reason", "text", row => StoredText.Of(row.Exchange.FinishReason)),
        ExchangeColumn.Of("logprobs", "text", row => StoredText.Json(row.Exchange.Logprobs)),
        ExchangeColumn.Of("prompt_tokens", "bigint", row => row.Exchange.Usage?.PromptTokens),
        ExchangeColumn.Of("completion_tokens", "bigint", row => row.Exchange.Usage?.CompletionTokens),
        ExchangeColumn.Of("total_tokens", "bigint", row => row.Exchange.Usage?.TotalTokens),
        ExchangeColumn.Of("first_token_ms", "double precision", row => row.Exchange.FirstTokenMs),
        ExchangeColumn.Of("total_ms", "double precision", row => row.Exchange.TotalMs),
        ExchangeColumn.Of("tags", "text", row => row.Exchange.Tags.Count == 0 ? "{}" : StoredText.Json(row.Exchange.Tags)),
        ExchangeColumn.Of("request_headers", "text", row => StoredText.Json(row.Exchange.RequestHeaders)),
        ExchangeColumn.Of("response_headers", "text", row => StoredText.Json(row.Exchange.ResponseHeaders)),
        ExchangeColumn.Of("request_blob", "bytea", row => row.RequestBlob),
        ExchangeColumn.Of("request_length", "bigint", row => row.Exchange.RequestBody.Length),
        ExchangeColumn.Of("request_sha256", "text", row => BodyColumns.Sha256(row.Exchange.RequestBody)),
        ExchangeColumn.Of("request_kept", "bigint", row => row.Exchange.RequestBody.Bytes.LongLength),
        ExchangeColumn.Of("request_redactions", "integer", row => row.Exchange.RequestBody.Redactions),
        ExchangeColumn.Of("request_unpacked", "boolean", row => row.Exchange.RequestBody.Unpacked),
        ExchangeColumn.Of("response_blob", "bytea", row => row.ResponseBlob),
        ExchangeColumn.Of("response_length", "bigint", row => row.Exchange.ResponseBody.Length),
        ExchangeColumn.Of("response_sha256", "text", row => BodyColumns.Sha256(row.Exchange.ResponseBody)),
        ExchangeColumn.Of("response_kept", "bigint", row => row.Exchange.ResponseBody.Bytes.LongLength),
        ExchangeColumn.Of("response_redactions", "integer", row => row.Exchange.ResponseBody.Redactions),
        ExchangeColumn.Of("response_unpacked", "boolean", row => row.Exchange.ResponseBody.Unpacked),
        ExchangeColumn.Of("parse_error", "text", row => StoredText.Of(row.Exchange.ParseError)),
    ];

    /// <summary>The names of all columns, the place's first, with commas between.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(column => column.Name).Prepend("place"));

    /// <summary>All columns of <c>exchanges e</c>.</summary>
    public static string Selected { get; } = string.Join(", ", All.Select(column => $"e.{column.Name}").Prepend("e.place"));
}

/// <summary>A column of <c>exchanges</c>.</summary>
/// <param name="Name">Its name in the database.</param>
/// <param name="PostgresType">Its type in PostgreSQL.</param>
/// <param name="Value">A row's value.</param>
/// <param name="ToArray">Values as an array of the column's own type.</param>
internal sealed record ExchangeColumn(
    string Name, string PostgresType, Func<ExchangeRow, object?> Value, Func<IEnumerable<object?>, Array> ToArray)
{
    public static ExchangeColumn Of<T>(string name, string postgresType, Func<ExchangeRow, T> get) =>
        new(name, postgresType, row => get(row), values => values.Cast<T>().ToArray());
}
