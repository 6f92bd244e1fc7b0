namespace Tda.Store;

/// <summary>How an export runs.</summary>
public sealed record ExportOptions
{
    /// <summary>Who asked for it, for the audit.</summary>
    public string By { get; init; } = Environment.UserName;

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Only one side of the split for distillation; null (default): everything that the filter selects.</summary>
    public ExportSplit? Split { get; init; }

    /// <summary>Exchanges after which the file is synced and an interrupted export can go on. Default 1000, at least 1; a resumed run must use the same.</summary>
    public int CheckpointEvery { get; init; } = 1000;
}
