namespace Tda.Bench.Store;

/// <summary>What one database did.</summary>
internal sealed record StoreResult(string Store, string Version)
{
    /// <summary>Exchanges a second over the whole fill, and over its last tenth, when all indexes are long.</summary>
    public required double InsertsPerSecond { get; init; }

    public required double LastInsertsPerSecond { get; init; }

    /// <summary>Processor time of this process for one insert, in microseconds; a server's own is not in it.</summary>
    public required double CpuMicrosecondsPerInsert { get; init; }

    /// <summary>The slowest batch in milliseconds.</summary>
    public required double SlowestBatchMs { get; init; }

    /// <summary>Bytes of request and response bodies, and of the database with all indexes.</summary>
    public required long BodyBytes { get; init; }

    public required long DatabaseBytes { get; init; }

    public required IReadOnlyList<PageResult> Pages { get; init; }

    /// <summary>Exchanges a second.</summary>
    public required double ExportsPerSecond { get; init; }

    public required double VerifiedPerSecond { get; init; }

    public required double PrunedPerSecond { get; init; }
}
