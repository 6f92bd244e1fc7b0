namespace Tda.Store;

/// <summary>How the log is opened.</summary>
public sealed record ExchangeStoreOptions
{
    /// <summary>
    /// <c>postgres://user@host:port/database?sslmode=…</c>; null (default) takes the environment's <c>TDA_STORE</c>, and
    /// without that SQLite in the home.
    /// </summary>
    public string? Location { get; init; }

    /// <summary>
    /// Whether an append returns only once the disk has it. False (default): a crash of the process loses nothing that
    /// was appended, a loss of power may lose the last appends, and the log stays consistent either way.
    /// </summary>
    public bool Synced { get; init; }

    /// <summary>How long to wait for another process that holds SQLite's file, or for a server to answer. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes past which SQLite's file may not grow; an append that needs more fails. 0 (default) = no limit.</summary>
    public long MaxBytes { get; init; }
}
