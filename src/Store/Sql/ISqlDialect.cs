using System.Data.Common;

namespace Tda.Store.Sql;

/// <summary>All in which one database differs from another; what uses it is common to all.</summary>
internal interface ISqlDialect : IAsyncDisposable
{
    /// <summary>The first part of its migrations' names: <c>migrations/&lt;name&gt;.0001.*.sql</c>.</summary>
    string Name { get; }

    /// <summary>Where the database is, for people; no credentials.</summary>
    string Location { get; }

    /// <summary>
    /// Whether one connection should do all the writing, with its prepared statements; else each write takes one of a pool.
    /// </summary>
    bool KeepsWriter { get; }

    /// <summary>How a search's words come into play.</summary>
    SearchSql Search { get; }

    /// <summary>A fresh connection, open and set up; <paramref name="writer"/> says whether it will write.</summary>
    Task<DbConnection> OpenAsync(bool writer, CancellationToken cancellationToken);

    /// <summary>Makes durable what was committed, where commits alone don't.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    void Sync();

    /// <summary>Keeps others who take this turn out until the transaction ends, where transactions alone don't.</summary>
    Task TakeTurnAsync(DbTransaction transaction, SqlTurn turn, CancellationToken cancellationToken);

    /// <summary>
    /// Inserts the rows with their blobs, words and tags, and returns the ids of those that went in. A row whose id or
    /// place or sequence number is taken, or whose id was erased, does not.
    /// </summary>
    Task<HashSet<string>> InsertAsync(DbTransaction transaction, IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken);

    /// <summary>A condition with its parameter's value: the column is one of these numbers or texts.</summary>
    (string Condition, object Value) Among<T>(string column, string parameter, IReadOnlyCollection<T> values);

    /// <summary>
    /// Removes the words of rows before these are deleted; <paramref name="forGood"/> says that none may be left in the file.
    /// </summary>
    Task ForgetWordsAsync(DbTransaction transaction, IReadOnlyList<long> places, bool forGood, CancellationToken cancellationToken);

    /// <summary>A step of merging the index of words, so that nothing of deleted rows stays in it; false when none is left to do.</summary>
    Task<bool> MergeWordsAsync(DbConnection connection, bool first, CancellationToken cancellationToken);

    /// <summary>Takes what was deleted out of the database's own log, as far as it is in its hands.</summary>
    Task CheckpointAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>The error in words with what to do about it, or null when it is none of the expected ones.</summary>
    string? Explain(DbException error);
}

/// <summary>How a database searches for words.</summary>
/// <param name="Driver">
/// The table of words to start from, joined to <c>exchanges e</c>, with its column of places; null to start from <c>exchanges</c>.
/// </param>
/// <param name="Join">How a table in the order of places is joined, so that the planner keeps it first.</param>
/// <param name="Condition">The condition on @text.</param>
/// <param name="Query">The value of @text for phrases of words.</param>
internal sealed record SearchSql(
    (string From, string Place)? Driver, string Join, string Condition, Func<IReadOnlyList<(string[] Words, bool Prefix)>, string> Query);

/// <summary>What only one transaction at a time may do.</summary>
internal enum SqlTurn
{
    /// <summary>Bring the schema to this program's version.</summary>
    Migrate,

    /// <summary>Change what is known of reviews: numbers are committed in their order, and nobody decides on what another is just deciding.</summary>
    Review,
}
