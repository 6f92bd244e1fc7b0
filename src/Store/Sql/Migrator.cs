using System.Data.Common;
using System.Reflection;
using Dapper;

namespace Tda.Store.Sql;

/// <summary>Brings a database's schema to this program's version, one embedded script after the other.</summary>
internal static class Migrator
{
    private const string CreateVersionTable =
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)";
    private const string ReadVersion = "SELECT COALESCE(MAX(version), 0) FROM schema_version";

    /// <summary>Applies what is missing, each script in its own transaction, and returns the version reached.</summary>
    /// <exception cref="BadInputException">The database is of a newer version than this program knows.</exception>
    public static async Task<int> MigrateAsync(
        DbConnection connection, ISqlDialect dialect, TimeProvider time, CancellationToken cancellationToken)
    {
        var scripts = Scripts(dialect.Name);
        var current = await VersionAsync(connection, cancellationToken);
        if (current == scripts.Count)
        {
            // Nothing is written, so that whoever may only read, or meets a writer, gets in.
            return current;
        }

        if (current > scripts.Count)
        {
            throw new BadInputException(
                dialect.Location,
                $"the log has schema version {current}, and this program knows versions up to {scripts.Count}",
                remedy: "Use the program version that wrote it, or a later one.");
        }

        await using (var transaction = await BeginAsync(connection, dialect, cancellationToken))
        {
            await transaction.RunAsync(CreateVersionTable, null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        foreach (var (index, script) in scripts.Index().Skip(current))
        {
            await ApplyAsync(connection, dialect, script, index + 1, time, cancellationToken);
        }

        return scripts.Count;
    }

    private static async Task<int> VersionAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ExecuteScalarAsync<int>(new CommandDefinition(ReadVersion, cancellationToken: cancellationToken));
        }
        catch (DbException)
        {
            // There is no such table yet. Whatever else is wrong shows when it is made.
            return 0;
        }
    }

    private static async Task<DbTransaction> BeginAsync(DbConnection connection, ISqlDialect dialect, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await dialect.TakeTurnAsync(transaction, SqlTurn.Migrate, cancellationToken);
        return transaction;
    }

    private static async Task ApplyAsync(
        DbConnection connection, ISqlDialect dialect, string script, int version, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var transaction = await BeginAsync(connection, dialect, cancellationToken);

        // Another process may have applied it between our look and our transaction.
        var current = await transaction.ValueAsync<int>(ReadVersion, null, cancellationToken);
        if (current < version)
        {
            await connection.ExecuteAsync(
                new CommandDefinition(script, transaction: transaction, commandTimeout: 0, cancellationToken: cancellationToken));
            await transaction.RunAsync(
                "INSERT INTO schema_version (version, applied_at) VALUES (@version, @at)",
                new { version, at = ExchangeTime.ToMicroseconds(time.GetUtcNow()) },
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static List<string> Scripts(string dialect)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"migrations/{dialect}.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.ConvertAll(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        });
    }
}
