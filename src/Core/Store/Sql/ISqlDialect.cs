using System.Data.Common;

namespace Tda.Core.Store.Sql;

/// <summary>All in which one database differs from another; the statements of <see cref="SqlExchangeStore"/> are common to all.</summary>
internal interface ISqlDialect : IDisposable
{
    /// <summary>The first part of its migrations' names: <c>migrations/&lt;name&gt;.0001.*.sql</c>.</summary>
    string Name { get; }

    /// <summary>Where the database is, for people; no credentials.</summary>
    string Location { get; }

    /// <summary>A fresh connection, open and set up; <paramref name="writer"/> says whether it will write.</summary>
    Task<DbConnection> OpenAsync(bool writer, CancellationToken cancellationToken);

    /// <summary>A condition: the column contains @parameter (already escaped with backslashes), ASCII letters without case.</summary>
    string Contains(string column, string parameter);

    /// <summary>The error in words with what to do about it, or null when it is none of the expected ones.</summary>
    string? Explain(DbException error);
}
