namespace Tda.Store.Sql;

/// <summary>The columns of <c>exchanges</c>, named once for all statements.</summary>
internal static class ExchangeColumns
{
    /// <summary>All columns, in the order of every INSERT.</summary>
    public static IReadOnlyList<ExchangeColumn> All { get; } =
    [
        ExchangeColumn.Of("place", "bigint", row => row.Place),
        ExchangeColumn.Of("id", "text", row => row.Id),
        ExchangeColumn.Of("session_id", "text", row => row.SessionId),
        ExchangeColumn.Of("sequence", "bigint", row => row.Sequence),
        ExchangeColumn.Of("chain", "text", row => row.Chain),
        ExchangeColumn.Of("started_at", "bigint", row => row.StartedAt),
        ExchangeColumn.Of("route", "text", row => row.Route),
        ExchangeColumn.Of("method", "text", row => row.Method),
        ExchangeColumn.Of("path", "text", row => row.Path),
        ExchangeColumn.Of("status", "integer", row => row.Status),
        ExchangeColumn.Of("state", "text", row => row.State),
        ExchangeColumn.Of("wire_state", "text", row => row.WireState),
        ExchangeColumn.Of("failure", "text", row => row.Failure),
        ExchangeColumn.Of("streamed", "boolean", row => row.Streamed),
        ExchangeColumn.Of("client", "text", row => row.Client),
        ExchangeColumn.Of("model", "text", row => row.Model),
        ExchangeColumn.Of("prompt", "text", row => row.Prompt),
        ExchangeColumn.Of("messages", "text", row => row.Messages),
        ExchangeColumn.Of("response", "text", row => row.Response),
        ExchangeColumn.Of("reasoning", "text", row => row.Reasoning),
        ExchangeColumn.Of("tool_calls", "text", row => row.ToolCalls),
        ExchangeColumn.Of("finish_reason", "text", row => row.FinishReason),
        ExchangeColumn.Of("logprobs", "text", row => row.Logprobs),
        ExchangeColumn.Of("prompt_tokens", "bigint", row => row.PromptTokens),
        ExchangeColumn.Of("completion_tokens", "bigint", row => row.CompletionTokens),
        ExchangeColumn.Of("total_tokens", "bigint", row => row.TotalTokens),
        ExchangeColumn.Of("first_token_ms", "double precision", row => row.FirstTokenMs),
        ExchangeColumn.Of("total_ms", "double precision", row => row.TotalMs),
        ExchangeColumn.Of("tags", "text", row => row.Tags),
        ExchangeColumn.Of("request_headers", "text", row => row.RequestHeaders),
        ExchangeColumn.Of("response_headers", "text", row => row.ResponseHeaders),
        ExchangeColumn.Of("request_blob", "bytea", row => row.RequestBlob),
        ExchangeColumn.Of("request_length", "bigint", row => row.RequestLength),
        ExchangeColumn.Of("request_sha256", "text", row => row.RequestSha256),
        ExchangeColumn.Of("request_kept", "bigint", row => row.RequestKept),
        ExchangeColumn.Of("request_redactions", "integer", row => row.RequestRedactions),
        ExchangeColumn.Of("request_unpacked", "boolean", row => row.RequestUnpacked),
        ExchangeColumn.Of("response_blob", "bytea", row => row.ResponseBlob),
        ExchangeColumn.Of("response_length", "bigint", row => row.ResponseLength),
        ExchangeColumn.Of("response_sha256", "text", row => row.ResponseSha256),
        ExchangeColumn.Of("response_kept", "bigint", row => row.ResponseKept),
        ExchangeColumn.Of("response_redactions", "integer", row => row.ResponseRedactions),
        ExchangeColumn.Of("response_unpacked", "boolean", row => row.ResponseUnpacked),
        ExchangeColumn.Of("parse_error", "text", row => row.ParseError),
    ];

    /// <summary>The columns' names with commas between.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(column => column.Name));

    /// <summary>All columns of <c>exchanges e</c>, named as the properties of <see cref="ExchangeRow"/>.</summary>
    public static string Selected { get; } = string.Join(", ", All.Select(column => $"e.{column.Name} AS {column.Property}"));
}

/// <summary>A column of <c>exchanges</c>.</summary>
/// <param name="Name">Its name in the database.</param>
/// <param name="PostgresType">Its type in PostgreSQL.</param>
/// <param name="Value">A row's value.</param>
/// <param name="Values">Many rows' values as an array of the column's own type.</param>
internal sealed record ExchangeColumn(
    string Name, string PostgresType, Func<ExchangeRow, object?> Value, Func<IReadOnlyList<ExchangeRow>, Array> Values)
{
    /// <summary>The property of <see cref="ExchangeRow"/> that holds it.</summary>
    public string Property { get; } = string.Concat(Name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    public static ExchangeColumn Of<T>(string name, string postgresType, Func<ExchangeRow, T> get) =>
        new(name, postgresType, row => get(row), rows => rows.Select(get).ToArray());
}
