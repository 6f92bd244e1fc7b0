using Tda.Core.Masks;

namespace Tda.Curation.Ledger;

/// <summary>Overrides on disk: JSON Lines, one document a line.</summary>
public static class Overrides
{
    /// <summary>The rule, and the kind of stage, of a reviewer's own decision.</summary>
    internal const string Rule = "reviewer";

    /// <returns>Overrides by document id.</returns>
    /// <exception cref="BadInputException">A line isn't an override, lacks what its decision needs, or decides on a document again.</exception>
    public static IReadOnlyDictionary<string, ReviewerOverride> Read(string path)
    {
        var overrides = new Dictionary<string, ReviewerOverride>(StringComparer.Ordinal);
        foreach (var line in JsonLines.ReadLines<ReviewerOverride>(path))
        {
            var fault = Fault(line.Value) ?? (overrides.TryAdd(line.Value.Id, line.Value) ? null : "it is decided on twice");
            if (fault is not null)
            {
                throw new BadInputException(path, $"document {line.Value.Id}: {fault}", line.Offset, line: line.Number);
            }
        }

        return overrides;
    }

    /// <summary>A stage's decision under a reviewer's, who stands above every stage: then nothing comes of it.</summary>
    internal static Decision Under(Decision decision, ReviewerOverride? reviewer) =>
        reviewer is null or { Decision: OverrideDecision.Escalate }
            ? decision
            : decision with { Action = CurationAction.Keep, Mask = null, Weight = null };

    /// <summary>What the reviewer decided, as a decision of its own.</summary>
    internal static Decision Own(ReviewerOverride reviewer) => reviewer.Decision switch
    {
        OverrideDecision.Drop => new(reviewer.Id, CurationAction.Drop, Rule),
        OverrideDecision.Weight => new(reviewer.Id, CurationAction.Weight, Rule) { Weight = reviewer.Weight },
        OverrideDecision.Mask => new(reviewer.Id, CurationAction.Mask, Rule) { Mask = new DocumentMask(reviewer.Id, reviewer.Tokens!, reviewer.Spans!) },
        _ => new(reviewer.Id, CurationAction.Keep, Rule),
    };

    private static string? Fault(ReviewerOverride reviewer) => reviewer switch
    {
        { Reviewer.Length: 0 } => "no reviewer is named",
        { Decision: OverrideDecision.Weight, Weight: not (>= 0 and < double.PositiveInfinity) } => "the decision weight needs a weight of 0 or more",
        { Decision: OverrideDecision.Mask } when reviewer.Tokens is not { Length: > 0 } || reviewer.Spans is not { Length: > 0 } => "the decision mask needs tokens and spans",
        _ => null,
    };
}

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

/// <summary>What a reviewer decided on a document.</summary>
public enum OverrideDecision
{
    /// <summary>Leave the document as it is, whatever the rule says.</summary>
    Keep,

    /// <summary>Leave it out.</summary>
    Drop,

    /// <summary>Suppress the given tokens.</summary>
    Mask,

    /// <summary>Give it the given weight.</summary>
    Weight,

    /// <summary>Undecided: the rule stands for now, and the ledger says that somebody must look again.</summary>
    Escalate,
}
