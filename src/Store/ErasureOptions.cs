namespace Tda.Store;

/// <summary>What an erasure does beyond the log.</summary>
public sealed record ErasureOptions
{
    /// <summary>Why; 1 to 1,000 characters. Required.</summary>
    public required string Reason { get; init; }

    /// <summary>Who asked for it.</summary>
    public string By { get; init; } = Environment.UserName;

    /// <summary>Files and folders to look through for copies, beside the home and the exports in the audit.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>Whether exports with a manifest are written anew without the exchanges. Default false: they are only named.</summary>
    public bool RewriteExports { get; init; }

    /// <summary>Everything that is wrong with these options; empty when they can be used.</summary>
    public IReadOnlyList<string> Errors() =>
        [.. Reason.Trim().Length is >= 1 and <= 1000 ? Array.Empty<string>() : ["the reason must have 1 to 1,000 characters"],
            .. Also.Where(path => !File.Exists(path) && !Directory.Exists(path)).Select(path => $"there is no {path}")];
}
