using System.Data.Common;
using System.Net.Sockets;
using Npgsql;
using Tda.Store.Sql;

namespace Tda.Store.Postgres;

/// <summary>
/// PostgreSQL from version 13: one server for several gateways. A commit waits for the server's disk as the server is set up.
/// </summary>
internal sealed class PostgresDialect : ISqlDialect
{
    private const long MigrateLock = 0x7464612D6C6F67; // "tda-log"
    private const long ReviewLock = 0x7464612D726576; // "tda-rev"
    private const int PreparedStatements = 64;

    private const string GivePassword =
        $"set {PostgresLocation.PasswordVariable}, or add a line to the file that PGPASSFILE names (else ~/.pgpass)";

    private readonly NpgsqlDataSource _source;
    private readonly bool _hasPassword;

    public PostgresDialect(string location, ExchangeStoreOptions options)
    {
        var builder = PostgresLocation.Parse(location);
        if (!builder.ContainsKey("Timeout"))
        {
            builder.Timeout = Math.Max(1, (int)Math.Ceiling(options.BusyTimeout.TotalSeconds));
        }

        builder.MaxAutoPrepare = PreparedStatements;
        builder.AutoPrepareMinUsages = 2;
        builder.CommandTimeout = 300; // counting a long log takes longer than the default
        Location = PostgresLocation.Display(builder);
        _hasPassword = builder.Password is not null;
        _source = NpgsqlDataSource.Create(builder);
    }

    public string Name => "postgres";

    public string Location { get; }

    /// <summary>A commit is durable where the server is set up so: that is its administrator's choice.</summary>
    public void Sync()
    {
    }

    // A server may be restarted; a pool forgets broken connections.
    public bool KeepsWriter => false;

    // Words through a tsvector: the planner takes its GIN index for rare words, and the order of places for common ones.
    public SearchSql Search { get; } = new(
        null,
        "JOIN",
        "e.words @@ to_tsquery('simple', @text)",
        phrases => string.Join(" & ", phrases.Select(phrase => $"({string.Join(" <-> ", phrase.Words)}{(phrase.Prefix ? ":*" : "")})")));

    public async Task<DbConnection> OpenAsync(bool writer, CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken);

    public Task TakeTurnAsync(DbTransaction transaction, SqlTurn turn, CancellationToken cancellationToken) => transaction.RunAsync(
        "SELECT pg_advisory_xact_lock(@key)", new { key = turn == SqlTurn.Migrate ? MigrateLock : ReviewLock }, cancellationToken);

    public Task<HashSet<string>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken) =>
        PostgresInserter.InsertAsync(transaction, rows, cancellationToken);

    public (string Condition, object Value) Among<T>(string column, string parameter, IReadOnlyCollection<T> values) =>
        ($"{column} = ANY (@{parameter})", values.ToArray());

    // The words are a column of the row.
    public Task ForgetWordsAsync(
        DbTransaction transaction, IReadOnlyList<long> places, bool forGood, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public Task<bool> MergeWordsAsync(DbConnection connection, bool first, CancellationToken cancellationToken) => Task.FromResult(false);

    // The server vacuums by itself, and its log may serve replicas.
    public Task CheckpointAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    public string? Explain(DbException error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            $"the server refuses the user or its password; {GivePassword}",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "there is no such database; create it: `createdb NAME`",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } =>
            "the user may not do this; grant it CREATE on the schema, or make it the database's owner",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
            "the server has no connection left; raise max_connections or stop other clients",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "the server's disk is full; free some space",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            "the server is read-only (a standby?); give the primary's address",
        PostgresException
        {
            SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.CrashShutdown
        } =>
            "the server is stopping or starting; try again in a moment",
        PostgresException => null,
        NpgsqlException { InnerException: SocketException or TimeoutException or IOException } =>
            "the server does not answer; start it, or check host, port and firewall",
        NpgsqlException { InnerException: System.Security.Authentication.AuthenticationException } =>
            "its certificate is not trusted; give sslrootcert, or another sslmode",
        NpgsqlException { InnerException: null } when !_hasPassword =>
            $"{error.Message}. No password was given: if the server wants one, {GivePassword}",
        _ => null,
    };

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
