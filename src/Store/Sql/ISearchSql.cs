namespace Tda.Store.Sql;

/// <summary>How a database searches for words.</summary>
internal interface ISearchSql
{
    /// <summary>The table of words to start from, joined to <c>exchanges e</c>, with its column of places; null to start from <c>exchanges</c>.</summary>
    (string From, string Place)? Driver { get; }

    /// <summary>How a table in the order of places is joined, so that the planner keeps it first.</summary>
    string Join { get; }

    /// <summary>The condition on @text.</summary>
    string Condition { get; }

    /// <summary>The value of @text for phrases of words.</summary>
    string Query(IReadOnlyList<(string[] Words, bool Prefix)> phrases);
}
