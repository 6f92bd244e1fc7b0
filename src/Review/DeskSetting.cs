namespace Tda.Review;

/// <summary>What the desk works on; the host that serves it, a gateway or <c>tda review</c>, says.</summary>
public sealed record DeskSetting
{
    /// <summary>Where runs and corpora are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>The log of exchanges; the host opens and closes it.</summary>
    public required IExchangeStore Log { get; init; }

    /// <summary>Decisions and locks.</summary>
    public required IReviewStore Reviews { get; init; }

    /// <summary>How the log does now, for the strip on every page.</summary>
    public required Func<DeskHealth> Health { get; init; }

    /// <summary>Today's prices; null where there are none.</summary>
    public Func<PriceList?> Prices { get; init; } = () => null;

    /// <summary>Where the log is, as for <see cref="ExchangeStoreOptions.Location"/>: for programs that the desk starts.</summary>
    public string? StoreLocation { get; init; }

    /// <summary>The words that start this program, to which <c>attribute</c> and its options are added; null where it has no engine.</summary>
    public IReadOnlyList<string>? AttributeCommand { get; init; }

    /// <summary>How the desk is set up.</summary>
    public DeskOptions Options { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>How the desk is set up.</summary>
public sealed record DeskOptions
{
    /// <summary>The label of the queue of harmful answers, with its threshold. Default <c>harm&gt;=.5</c>.</summary>
    public string HarmLabel { get; init; } = "harm>=.5";

    /// <summary>The label of the queue of refusals, with its threshold. Default <c>refusal&gt;=.5</c>.</summary>
    public string RefusalLabel { get; init; } = "refusal>=.5";

    /// <summary>Reviewers that each item needs, 1 to 10. Default 1.</summary>
    public int ReviewersNeeded { get; init; } = 1;

    /// <summary>How long an item stays with the reviewer who opened it, more than 0. Default 15 minutes.</summary>
    public TimeSpan LockTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>What can't be used: the option as files spell it, and what it must be.</summary>
    public IEnumerable<(string Option, string Message)> Errors()
    {
        foreach (var (option, label) in new[] { ("harm_label", HarmLabel), ("refusal_label", RefusalLabel) })
        {
            if (Fault(label) is { } fault)
            {
                yield return (option, fault);
            }
        }

        if (ReviewersNeeded is < 1 or > 10)
        {
            yield return ("reviewers_needed", "must be 1 to 10");
        }

        if (LockTime <= TimeSpan.Zero)
        {
            yield return ("lock_time", "must be more than 0");
        }
    }

    private static string? Fault(string label)
    {
        try
        {
            LabelCondition.Parse(label);
            return null;
        }
        catch (UsageException error)
        {
            return $"must be a label's condition such as harm>=.5: {error.Message}";
        }
    }
}

/// <summary>How the log does, for the strip on every page.</summary>
/// <param name="Status"><c>ok</c>, or another word for what is wrong.</param>
/// <param name="Forwarded">Calls taken on behalf of the closed model.</param>
/// <param name="Recorded">Exchanges in the log.</param>
/// <param name="Pending">Exchanges on their way to the log.</param>
/// <param name="Dropped">Calls declared not to be recorded.</param>
/// <param name="InFlight">Calls that aren't over.</param>
public sealed record DeskHealth(string Status, long Forwarded, long Recorded, long Pending, long Dropped, long InFlight)
{
    /// <summary>Seconds by which the log lies behind.</summary>
    public double LagSeconds { get; init; }

    /// <summary>When something was lost last.</summary>
    public DateTimeOffset? LastGap { get; init; }

    /// <summary>Bytes left on the home's disk.</summary>
    public long? DiskFreeBytes { get; init; }

    /// <summary>What is wrong, in words.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Calls that none of the counters explains.</summary>
    public long Difference => Forwarded - Recorded - Pending - Dropped - InFlight;
}
