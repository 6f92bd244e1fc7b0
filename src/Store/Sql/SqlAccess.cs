using System.Data;
using System.Data.Common;
using Dapper;

namespace Tda.Store.Sql;

/// <summary>Connections and transactions: one write at a time, as many reads as needed, errors in words.</summary>
/// <param name="dialect">The database; disposed of with this.</param>
/// <param name="keptWriter">The connection that does all the writing; null where each write opens one.</param>
/// <param name="what">What is written and read, for errors.</param>
internal sealed class SqlAccess(ISqlDialect dialect, DbConnection? keptWriter, string what = "the log") : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    static SqlAccess() => SqlTypes.Register();

    public ISqlDialect Dialect => dialect;

    /// <summary>Runs one transaction.</summary>
    public Task<T> WriteAsync<T>(Func<DbTransaction, Task<T>> write, CancellationToken cancellationToken) => AloneAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await write(transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        },
        cancellationToken);

    /// <summary>Runs something on the writing connection, outside a transaction.</summary>
    public async Task<T> AloneAsync<T>(Func<DbConnection, Task<T>> write, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        DbConnection? connection = null;
        try
        {
            connection = keptWriter ?? await dialect.OpenAsync(writer: true, cancellationToken);
            return await write(connection);
        }
        catch (DbException error)
        {
            throw new TdaException($"{what} {dialect.Location} can't be written: {dialect.Explain(error) ?? error.Message}.", error);
        }
        finally
        {
            if (connection is not null && keptWriter is null)
            {
                await connection.DisposeAsync();
            }

            _turn.Release();
        }
    }

    /// <summary>Runs a query on a connection of its own.</summary>
    public async Task<T> QueryAsync<T>(Func<DbConnection, Task<T>> query, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await dialect.OpenAsync(writer: false, cancellationToken);
            return await query(connection);
        }
        catch (DbException error)
        {
            throw new TdaException($"{what} {dialect.Location} can't be read: {dialect.Explain(error) ?? error.Message}.", error);
        }
    }

    /// <summary>Runs a query and takes all its rows.</summary>
    public async Task<List<T>> ListAsync<T>(string sql, object? parameters, CancellationToken cancellationToken) =>
        (await QueryAsync(c => c.QueryAsync<T>(SqlCommands.Command(sql, parameters, cancellationToken)), cancellationToken)).AsList();

    /// <summary>Runs a query and makes an item of each row.</summary>
    public Task<List<T>> ListAsync<T>(string sql, object? parameters, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        QueryAsync(
            async connection =>
            {
                var items = new List<T>();
                await using var reader = await connection.ExecuteReaderAsync(SqlCommands.Command(sql, parameters, cancellationToken));
                while (await reader.ReadAsync(cancellationToken))
                {
                    items.Add(read(reader));
                }

                return items;
            },
            cancellationToken);

    /// <summary>Runs a query for one value.</summary>
    public Task<T?> ValueAsync<T>(string sql, object? parameters, CancellationToken cancellationToken) =>
        QueryAsync(c => c.ExecuteScalarAsync<T>(SqlCommands.Command(sql, parameters, cancellationToken)), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        if (keptWriter is not null)
        {
            await keptWriter.DisposeAsync();
        }

        await dialect.DisposeAsync();
        _turn.Dispose();
    }
}

/// <summary>Statements inside a transaction.</summary>
internal static class SqlCommands
{
    public static CommandDefinition Command(
        string sql, object? parameters, CancellationToken cancellationToken, DbTransaction? transaction = null) =>
        new(sql, parameters, transaction, cancellationToken: cancellationToken);

    /// <summary>Runs a statement, once for each item where the parameters are a list; returns how many rows it changed.</summary>
    public static Task<int> RunAsync(this DbTransaction transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(Command(sql, parameters, cancellationToken, transaction));

    public static async Task<List<T>> ListAsync<T>(
        this DbTransaction transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        (await transaction.Connection!.QueryAsync<T>(Command(sql, parameters, cancellationToken, transaction))).AsList();

    public static Task<T?> ValueAsync<T>(
        this DbTransaction transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteScalarAsync<T>(Command(sql, parameters, cancellationToken, transaction));
}

/// <summary>How Dapper maps records to rows: names with underscores, times as microseconds, collections as text.</summary>
internal static class SqlTypes
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset)); // else it would go before the handler
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new Handler<DateTimeOffset>(
            time => ExchangeTime.ToMicroseconds(time), value => ExchangeTime.FromMicroseconds((long)value)));
        SqlMapper.AddTypeHandler(new Handler<IReadOnlyList<string>>(
            list => string.Join(',', list), value => ((string)value).Split(',', StringSplitOptions.RemoveEmptyEntries)));
        SqlMapper.AddTypeHandler(Json<IReadOnlyDictionary<string, long>>());
        SqlMapper.AddTypeHandler(Json<IReadOnlyDictionary<string, string>>());
    }

    private static Handler<T> Json<T>() =>
        new(value => JsonSerializer.Serialize(value, JsonDefaults.Options), value => JsonSerializer.Deserialize<T>((string)value, JsonDefaults.Options)!);

    private sealed class Handler<T>(Func<T, object> write, Func<object, T> read) : SqlMapper.TypeHandler<T>
    {
        public override void SetValue(IDbDataParameter parameter, T? value) => parameter.Value = value is null ? DBNull.Value : write(value);

        public override T Parse(object value) => read(value);
    }
}
