namespace Tda.Store.Sql;

/// <summary>The statements, in the SQL that SQLite and PostgreSQL share. Every value is a parameter.</summary>
internal static class Statements
{
    public const string IsKnown = "SELECT EXISTS (SELECT 1 FROM exchanges WHERE id = @id) OR EXISTS (SELECT 1 FROM tombstones WHERE id = @id)";

    public const string SequenceHolder = "SELECT id FROM exchanges WHERE session_id = @session AND sequence = @sequence";

    public const string LastPlace = "SELECT MAX(place) FROM exchanges WHERE place >= @first AND place < @end";

    public const string SessionCounts = "SELECT session_id AS Id, COUNT(*) AS Count FROM exchanges WHERE session_id IS NOT NULL GROUP BY session_id";

    public const string SaveSession = """
        INSERT INTO gateway_sessions (id, started_at, stopped_at, durability, forwarded, spooled, chain_head, drops)
        VALUES (@Id, @StartedAt, @StoppedAt, @Durability, @Forwarded, @Spooled, @ChainHead, @Drops)
        ON CONFLICT (id) DO UPDATE SET stopped_at = excluded.stopped_at, forwarded = excluded.forwarded,
            spooled = excluded.spooled, chain_head = excluded.chain_head, drops = excluded.drops
        """;

    public const string SelectSessions = """
        SELECT id AS Id, started_at AS StartedAt, stopped_at AS StoppedAt, durability AS Durability, forwarded AS Forwarded,
            spooled AS Spooled, chain_head AS ChainHead, drops AS Drops
        FROM gateway_sessions ORDER BY started_at, id
        """;

    public const string ReleaseBlob = "UPDATE blobs SET refs = refs - 1 WHERE hash = @hash";

    public const string DropBlob = "DELETE FROM blobs WHERE hash = @hash AND refs <= 0";

    public const string DropTag = "DELETE FROM exchange_tags WHERE name = @name AND value = @value AND place = @place";

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

    public static string SelectExchanges(string condition) => $"""
        SELECT {ExchangeColumns.Selected}, q.bytes AS RequestBytes, a.bytes AS ResponseBytes
        FROM exchanges e LEFT JOIN blobs q ON q.hash = e.request_blob LEFT JOIN blobs a ON a.hash = e.response_blob
        WHERE {condition}
        """;

    public static string CountByState(FilterSql filter) => $"SELECT e.state AS State, COUNT(*) AS Count FROM {filter.From} {filter.Where} GROUP BY e.state";

    public static string CountUpTo(FilterSql filter) => $"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {filter.From} {filter.Where} LIMIT @most) AS few";

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
