using Tda.Store.Sql;

namespace Tda.Store.Sqlite;

/// <summary>Words through FTS5, whose rows are numbered by place, so that it gives them in the order of time.</summary>
internal sealed class SqliteSearch : ISearchSql
{
    public (string From, string Place)? Driver { get; } = ("exchange_words w CROSS JOIN exchanges e ON e.place = w.rowid", "w.rowid");

    // SQLite never reorders a CROSS JOIN.
    public string Join => "CROSS JOIN";

    public string Condition => "exchange_words MATCH @text";

    public string Query(IReadOnlyList<(string[] Words, bool Prefix)> phrases) =>
        string.Join(" AND ", phrases.Select(phrase => $"\"{string.Join(' ', phrase.Words)}\"{(phrase.Prefix ? " *" : "")}"));
}
