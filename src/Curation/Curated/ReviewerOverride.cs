namespace Tda.Curation.Curated;

/// <summary>A line of an overrides file: a reviewer's decision on a document, which stands above any rule.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Decision">What they decided.</param>
/// <param name="Reviewer">Who decided.</param>
public sealed record ReviewerOverride(string Id, OverrideDecision Decision, string Reviewer)
{
    /// <summary>Reason code.</summary>
    public string? Reason { get; init; }

    public string? Note { get; init; }

    /// <summary>Weight for <see cref="OverrideDecision.Weight"/>, 0 or more.</summary>
    public double? Weight { get; init; }

    /// <summary>Label tokens for <see cref="OverrideDecision.Mask"/>, as in mask.jsonl.</summary>
    public int[]? Tokens { get; init; }

    /// <summary>Characters [start, end) for <see cref="OverrideDecision.Mask"/>, as in mask.jsonl.</summary>
    public int[][]? Spans { get; init; }

    /// <summary>The override in one line, for the ledger.</summary>
    public string InWords() =>
        $"{Decision.ToString().ToLowerInvariant()} by {Reviewer}"
        + (Reason is { Length: > 0 } reason ? $" ({reason})" : "")
        + (Note is { Length: > 0 } note ? $": {note}" : "");
}
