using Tda.Store.Sql;

namespace Tda.Store.Postgres;

/// <summary>Words through a tsvector: the planner takes its GIN index for rare words, and the order of places for common ones.</summary>
internal sealed class PostgresSearch : ISearchSql
{
    public (string From, string Place)? Driver => null;

    public string Join => "JOIN";

    public string Condition => "e.words @@ to_tsquery('simple', @text)";

    public string Query(IReadOnlyList<(string[] Words, bool Prefix)> phrases) =>
        string.Join(" & ", phrases.Select(phrase => $"({string.Join(" <-> ", phrase.Words)}{(phrase.Prefix ? ":*" : "")})"));
}
