namespace Tda.Store.Sql;

/// <summary>What is read, in the SQL that SQLite and PostgreSQL share. Every value is a parameter.</summary>
internal static class Statements
{
    public const string SelectSessions = """
        SELECT id AS Id, started_at AS StartedAt, stopped_at AS StoppedAt, durability AS Durability, forwarded AS Forwarded,
            spooled AS Spooled, chain_head AS ChainHead, drops AS Drops
        FROM gateway_sessions ORDER BY started_at, id
        """;

    /// <summary>The record's order; sizes tell how many exchanges can be fetched at once.</summary>
    public const string RecordPage = """
        SELECT e.place AS Place, e.session_id AS SessionId, e.sequence AS Sequence, e.request_kept + e.response_kept AS Kept
        FROM exchanges e WHERE e.sequence IS NOT NULL AND (e.session_id, e.sequence) > (@session, @sequence)
        ORDER BY e.session_id, e.sequence LIMIT @page
        """;

    public const string UnnumberedPage = """
        SELECT e.place AS Place, e.session_id AS SessionId, e.sequence AS Sequence, e.request_kept + e.response_kept AS Kept
        FROM exchanges e WHERE e.sequence IS NULL AND e.place > @place ORDER BY e.place LIMIT @page
        """;

    public const string PrunePage = """
        SELECT place AS Place, id AS Id, session_id AS SessionId, sequence AS Sequence, chain AS Chain, tags AS Tags,
            request_blob AS RequestBlob, response_blob AS ResponseBlob
        FROM exchanges WHERE place < @before ORDER BY place LIMIT @most
        """;

    public const string SelectFeedback = """
        SELECT f.rating AS Rating, f.label AS Label, f.comment AS Comment, f.at AS At, f.by_whom AS ByWhom
        FROM exchanges e JOIN feedback f ON f.place = e.place WHERE e.id = @id ORDER BY f.number
        """;

    public const string SelectAudit = """
        SELECT number AS Number, at AS At, actor AS Actor, action AS Action, subject AS Subject, detail AS Detail
        FROM audit WHERE number < @before ORDER BY number DESC LIMIT @limit
        """;

    public static string SelectExchanges(string condition) => $"""
        SELECT {ExchangeColumns.Selected}, q.bytes AS RequestBytes, a.bytes AS ResponseBytes
        FROM exchanges e LEFT JOIN blobs q ON q.hash = e.request_blob LEFT JOIN blobs a ON a.hash = e.response_blob
        WHERE {condition}
        """;

    public static string CountByState(FilterSql filter) =>
        $"SELECT e.state AS State, COUNT(*) AS Count FROM {filter.From} {filter.Where} GROUP BY e.state";

    public static string CountUpTo(FilterSql filter) =>
        $"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {filter.From} {filter.Where} LIMIT @most) AS few";

    public static string SelectPlaces(FilterSql filter, bool oldestFirst) => $"""
        SELECT e.place AS Place, e.session_id AS SessionId, e.sequence AS Sequence, e.request_kept + e.response_kept AS Kept
        FROM {filter.From} {filter.Where} ORDER BY {filter.Place} {(oldestFirst ? "ASC" : "DESC")} LIMIT @page
        """;

    public static string SelectSummaries(FilterSql filter, bool oldestFirst) => $"""
        SELECT e.place AS Place, e.id AS Id, e.started_at AS StartedAt, e.route AS Route, e.status AS Status, e.state AS State,
            e.streamed AS Streamed, e.model AS Model, substr(e.prompt, 1, @preview) AS PromptPreview,
            substr(e.response, 1, @preview) AS ResponsePreview, e.total_tokens AS TotalTokens, e.first_token_ms AS FirstTokenMs,
            e.total_ms AS TotalMs, (e.parse_error IS NOT NULL) AS HasParseError
        FROM {filter.From} {filter.Where} ORDER BY {filter.Place} {(oldestFirst ? "ASC" : "DESC")} LIMIT @page
        """;
}
