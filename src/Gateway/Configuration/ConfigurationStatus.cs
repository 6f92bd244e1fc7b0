namespace Tda.Gateway.Configuration;

/// <summary>How the configuration in force came about.</summary>
public sealed record ConfigurationStatus
{
    /// <summary>The file; null when there is none.</summary>
    public string? File { get; init; }

    /// <summary>When the options in force were taken; null when they are those of the start.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Everything that is wrong with the file now, while the options before stay in force; null when nothing is.</summary>
    public string? Error { get; init; }

    /// <summary>Options that the file changes and that only a restart takes, e.g. <c>listen</c>.</summary>
    public IReadOnlyList<string> NeedsRestart { get; init; } = [];
}
