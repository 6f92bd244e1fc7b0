namespace Tda.Bench.Gateway.Killing;

/// <summary>What became of the exchanges that clients had received in full.</summary>
internal sealed record LogCheckResult
{
    public required long Acknowledged { get; init; }

    /// <summary>Of those, streams.</summary>
    public required long Streamed { get; init; }

    /// <summary>In the log once, with the same bytes.</summary>
    public long Equal { get; set; }

    public long Lost { get; private set; }

    public long Duplicated { get; set; }

    /// <summary>In the log once, with other bytes.</summary>
    public long Different { get; set; }

    /// <summary>Rounds in which something was lost.</summary>
    public SortedSet<int> RoundsWithLoss { get; } = [];

    public bool Holds => Equal == Acknowledged;

    public void Missing(Acknowledged one)
    {
        Lost++;
        RoundsWithLoss.Add(one.Round);
    }
}
