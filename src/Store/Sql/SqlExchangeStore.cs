using System.Data.Common;

namespace Tda.Store.Sql;

/// <summary>The log in a SQL database: opening and closing here; writing, reading and removing in files of their own.</summary>
internal sealed partial class SqlExchangeStore(SqlAccess access, TimeProvider time) : IExchangeStore
{
    public string Location => access.Dialect.Location;

    /// <summary>The connections, for tests that look at plans.</summary>
    internal SqlAccess Access => access;

    public static async Task<SqlExchangeStore> OpenAsync(ISqlDialect dialect, TimeProvider time, CancellationToken cancellationToken)
    {
        DbConnection? writer = null;
        try
        {
            writer = await dialect.OpenAsync(writer: true, cancellationToken);
            await Migrator.MigrateAsync(writer, dialect, time, cancellationToken);
            if (!dialect.KeepsWriter)
            {
                await writer.DisposeAsync();
            }

            return new(new(dialect, dialect.KeepsWriter ? writer : null), time);
        }
        catch (Exception error)
        {
            if (writer is not null)
            {
                await writer.DisposeAsync();
            }

            await dialect.DisposeAsync();
            if (error is DbException cause)
            {
                throw new TdaException($"the log {dialect.Location} can't be opened: {dialect.Explain(cause) ?? cause.Message}.", cause);
            }

            throw;
        }
    }

    public ValueTask DisposeAsync() => access.DisposeAsync();
}
