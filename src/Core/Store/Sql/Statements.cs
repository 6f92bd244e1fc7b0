namespace Tda.Core.Store.Sql;

/// <summary>The statements, in the SQL that SQLite and PostgreSQL share. Every value is a parameter.</summary>
internal static class Statements
{
    public const string InsertBlob = "INSERT INTO blobs (sha256, bytes) VALUES (@key, @bytes) ON CONFLICT (sha256) DO NOTHING";

    public const string InsertExchange = """
        INSERT INTO exchanges (id, session_id, started_at, route, method, path, status, state, failure, streamed, model, prompt,
            messages, response, tool_calls, finish_reason, logprobs, prompt_tokens, completion_tokens, total_tokens,
            first_token_ms, total_ms, tags, request_headers, response_headers, request_blob, request_length, request_sha256,
            response_blob, response_length, response_sha256, parse_error)
        VALUES (@Id, @SessionId, @StartedAt, @Route, @Method, @Path, @Status, @State, @Failure, @Streamed, @Model, @Prompt,
            @Messages, @Response, @ToolCalls, @FinishReason, @Logprobs, @PromptTokens, @CompletionTokens, @TotalTokens,
            @FirstTokenMs, @TotalMs, @Tags, @RequestHeaders, @ResponseHeaders, @RequestBlob, @RequestLength, @RequestSha256,
            @ResponseBlob, @ResponseLength, @ResponseSha256, @ParseError)
        ON CONFLICT (id) DO NOTHING
        """;

    public const string InsertTag = "INSERT INTO exchange_tags (exchange_id, name, value) VALUES (@id, @name, @value) ON CONFLICT DO NOTHING";

    public const string SelectExchange = """
        SELECT e.id AS Id, e.session_id AS SessionId, e.started_at AS StartedAt, e.route AS Route, e.method AS Method, e.path AS Path,
            e.status AS Status, e.state AS State, e.failure AS Failure, e.streamed AS Streamed, e.model AS Model, e.prompt AS Prompt,
            e.messages AS Messages, e.response AS Response, e.tool_calls AS ToolCalls, e.finish_reason AS FinishReason,
            e.logprobs AS Logprobs, e.prompt_tokens AS PromptTokens, e.completion_tokens AS CompletionTokens,
            e.total_tokens AS TotalTokens, e.first_token_ms AS FirstTokenMs, e.total_ms AS TotalMs, e.tags AS Tags,
            e.request_headers AS RequestHeaders, e.response_headers AS ResponseHeaders,
            e.request_blob AS RequestBlob, e.request_length AS RequestLength, e.request_sha256 AS RequestSha256, q.bytes AS RequestBytes,
            e.response_blob AS ResponseBlob, e.response_length AS ResponseLength, e.response_sha256 AS ResponseSha256, a.bytes AS ResponseBytes,
            e.parse_error AS ParseError
        FROM exchanges e JOIN blobs q ON q.sha256 = e.request_blob JOIN blobs a ON a.sha256 = e.response_blob
        WHERE e.id = @id
        """;

    public const string SessionCounts = "SELECT session_id AS Id, COUNT(*) AS Count FROM exchanges WHERE session_id IS NOT NULL GROUP BY session_id";

    public const string SaveSession = """
        INSERT INTO gateway_sessions (id, started_at, stopped_at, durability, forwarded, spooled, dropped)
        VALUES (@Id, @StartedAt, @StoppedAt, @Durability, @Forwarded, @Spooled, @Dropped)
        ON CONFLICT (id) DO UPDATE SET stopped_at = excluded.stopped_at, forwarded = excluded.forwarded,
            spooled = excluded.spooled, dropped = excluded.dropped
        """;

    public const string SelectSessions = """
        SELECT id AS Id, started_at AS StartedAt, stopped_at AS StoppedAt, durability AS Durability,
            forwarded AS Forwarded, spooled AS Spooled, dropped AS Dropped
        FROM gateway_sessions ORDER BY started_at, id
        """;

    public static string CountByState(string where) => $"SELECT e.state AS State, COUNT(*) AS Count FROM exchanges e {where} GROUP BY e.state";

    public static string SelectSummaries(string where, bool oldestFirst)
    {
        var direction = oldestFirst ? "ASC" : "DESC";
        return $"""
            SELECT e.id AS Id, e.started_at AS StartedAt, e.route AS Route, e.status AS Status, e.state AS State, e.streamed AS Streamed,
                e.model AS Model, substr(e.prompt, 1, @preview) AS PromptPreview, substr(e.response, 1, @preview) AS ResponsePreview,
                e.total_tokens AS TotalTokens, e.first_token_ms AS FirstTokenMs, e.total_ms AS TotalMs,
                CASE WHEN e.parse_error IS NULL THEN 0 ELSE 1 END AS HasParseError
            FROM exchanges e {where} ORDER BY e.started_at {direction}, e.id {direction} LIMIT @page
            """;
    }
}
