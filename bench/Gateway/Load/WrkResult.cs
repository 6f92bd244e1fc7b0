namespace Tda.Bench.Gateway.Load;

/// <summary>What one run of wrk measured; times in µs, closed loop.</summary>
internal sealed record WrkResult
{
    public required long Requests { get; init; }

    public required long Microseconds { get; init; }

    public required long Connect { get; init; }

    public required long Read { get; init; }

    public required long Write { get; init; }

    /// <summary>Answers of 400 and above.</summary>
    public required long Status { get; init; }

    /// <summary>Answers that took longer than 10 s.</summary>
    public required long Timeout { get; init; }

    /// <summary>Everything that went wrong.</summary>
    public long Errors => Connect + Read + Write + Status + Timeout;

    public required double P50 { get; init; }

    public required double P90 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    public required double Max { get; init; }

    /// <summary>wrk's own processor seconds.</summary>
    public double CpuSeconds { get; init; }

    public double PerSecond => Requests * 1e6 / Microseconds;
}
