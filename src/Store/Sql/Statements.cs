namespace Tda.Store.Sql;

/// <summary>What is read, in the SQL that SQLite and PostgreSQL share. Every value is a parameter.</summary>
internal static class Statements
{
    public const string SelectSessions = """
        SELECT id, started_at, stopped_at, durability, forwarded, spooled, chain_head, drops FROM gateway_sessions ORDER BY started_at, id
        """;

    /// <summary>The record's order; sizes tell how many exchanges can be fetched at once.</summary>
    public const string RecordPage = $"""
        {SelectPlace} exchanges e WHERE e.sequence IS NOT NULL AND (e.session_id, e.sequence) > (@session, @sequence)
        ORDER BY e.session_id, e.sequence LIMIT @page
        """;

    public const string UnnumberedPage =
        $"{SelectPlace} exchanges e WHERE e.sequence IS NULL AND e.place > @place ORDER BY e.place LIMIT @page";

    public const string EraseOne = $"{SelectRemoved} WHERE id = @id";

    public const string PrunePage = $"{SelectRemoved} WHERE place < @before ORDER BY place LIMIT @most";

    public const string SelectFeedback = """
        SELECT e.id AS exchange_id, f.rating, f.label, f.value, f.comment, f.at, f.by_whom AS "by"
        FROM exchanges e JOIN feedback f ON f.place = e.place WHERE e.id = @id ORDER BY f.number
        """;

    public const string SelectAudit = """
        SELECT number, at, actor, action, subject, detail FROM audit WHERE number < @before ORDER BY number DESC LIMIT @limit
        """;

    // Not a range: the order of letters is the database's own, and an index need not follow it.
    public const string SelectIds = "SELECT id FROM exchanges WHERE substr(id, 1, @length) = @prefix ORDER BY id LIMIT @most";

    // As UsageSum has it of one exchange.
    private const string Uncounted = """
        e.prompt_tokens IS NULL AND e.completion_tokens IS NULL AND COALESCE(e.status, 0) < 400 AND (e.prompt IS NOT NULL OR e.response IS NOT NULL)
        """;

    private const string SelectPlace = "SELECT e.place, e.session_id, e.sequence, e.request_kept + e.response_kept AS kept FROM";

    private const string SelectRemoved = "SELECT place, id, session_id, sequence, chain, tags, request_blob, response_blob FROM exchanges";

    public static string SelectExchanges(string condition) => $"""
        SELECT {ExchangeColumns.Selected}, q.bytes AS request_bytes, a.bytes AS response_bytes
        FROM exchanges e LEFT JOIN blobs q ON q.hash = e.request_blob LEFT JOIN blobs a ON a.hash = e.response_blob
        WHERE {condition}
        """;

    public static string CountByState(FilterSql filter) =>
        $"SELECT e.state, COUNT(*) FROM {filter.From} {filter.Where} GROUP BY e.state";

    public static string CountUpTo(FilterSql filter) =>
        $"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {filter.From} {filter.Where} LIMIT @most) AS few";

    public static string SumUsage(FilterSql filter) => $"""
        SELECT e.client, e.model, e.tags, COUNT(*) AS exchanges,
            SUM(CASE WHEN e.prompt_tokens IS NULL AND e.completion_tokens IS NULL THEN 0 ELSE 1 END) AS counted,
            SUM(CASE WHEN {Uncounted} THEN 1 ELSE 0 END) AS uncounted,
            CAST(SUM(COALESCE(e.prompt_tokens, 0)) AS bigint) AS prompt_tokens, CAST(SUM(COALESCE(e.completion_tokens, 0)) AS bigint) AS completion_tokens,
            SUM(CASE WHEN {Uncounted} THEN COALESCE(length(e.prompt), 0) ELSE 0 END) AS uncounted_prompt,
            SUM(CASE WHEN {Uncounted} THEN COALESCE(length(e.response), 0) ELSE 0 END) AS uncounted_response
        FROM {filter.From} {filter.Where} GROUP BY e.client, e.model, e.tags
        """;

    public static string SelectPlaces(FilterSql filter, bool oldestFirst) => $"{SelectPlace} {Page(filter, oldestFirst)}";

    public static string SelectSummaries(FilterSql filter, bool oldestFirst) => $"""
        SELECT e.place, e.id, e.started_at, e.route, e.status, e.state, e.streamed, e.model, e.client,
            substr(e.prompt, 1, @preview) AS prompt_preview, substr(e.response, 1, @preview) AS response_preview,
            e.prompt_tokens, e.completion_tokens, e.total_tokens, e.first_token_ms, e.total_ms, (e.parse_error IS NOT NULL) AS has_parse_error
        FROM {Page(filter, oldestFirst)}
        """;

    private static string Page(FilterSql filter, bool oldestFirst) =>
        $"{filter.From} {filter.Where} ORDER BY {filter.Place} {(oldestFirst ? "ASC" : "DESC")} LIMIT @page";
}
