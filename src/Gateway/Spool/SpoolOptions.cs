namespace Tda.Gateway.Spool;

/// <summary>How the write-ahead log behaves.</summary>
public sealed record SpoolOptions
{
    /// <summary>Bytes of a segment file. A record that is longer gets a segment of its own. Default 64 MiB, 64 KiB to 1 GiB.</summary>
    [NeedsRestart]
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Bytes that the spool may take on the disk; 0 = as many as there are. Default 0.</summary>
    public long MaxBytes { get; init; }

    /// <summary>What happens when the disk or the limit is full. Default <see cref="SpoolFullPolicy.Refuse"/>.</summary>
    public SpoolFullPolicy WhenFull { get; init; }

    /// <summary>After how long an exchange still under way is spooled as far as it has come, so that a crash leaves that part. Default 1 s, more than 0.</summary>
    public TimeSpan OpenAfter { get; init; } = TimeSpan.FromSeconds(1);

    internal IEnumerable<OptionError> Errors() => new GroupChecks("spool")
        .Require(SegmentBytes is >= 64 << 10 and <= 1 << 30, "segment_bytes", $"must be 64 KiB to 1 GiB, not {SegmentBytes}")
        .Require(MaxBytes == 0 || MaxBytes >= 2L * SegmentBytes, "max_bytes",
            $"must be 0 (no limit) or at least two times spool.segment_bytes ({2L * SegmentBytes}), not {MaxBytes}")
        .RequireDefined<SpoolFullPolicy>(WhenFull, "when_full")
        .Require(OpenAfter > TimeSpan.Zero, "open_after", $"must be more than 0, not {OpenAfter}")
        .Errors;
}

/// <summary>What becomes of requests when nothing more can be recorded.</summary>
public enum SpoolFullPolicy
{
    /// <summary>They are refused with 503 in the provider's error shape: no exchange goes unrecorded.</summary>
    Refuse,

    /// <summary>They pass, and each is counted as a declared drop.</summary>
    PassUnrecorded,
}
