namespace Tda.Core.Corpora;

/// <summary>Why a curated corpus treats a document as it does: one line of <c>ledger.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Action">What was done: <c>drop</c>, <c>mask</c>, <c>weight</c>, or <c>keep</c> after an override.</param>
/// <param name="Rule">The rule that asked for it.</param>
/// <param name="Version">Version of the rule, so that its decision can be made again.</param>
public sealed record LedgerEntry(string Id, string Action, string Rule, string Version)
{
    /// <summary>What the rule measured, such as the document's score.</summary>
    public double? Value { get; init; }

    /// <summary>What it was compared with.</summary>
    public double? Threshold { get; init; }

    /// <summary>A reviewer's decision against the rule, in their words.</summary>
    public string? Override { get; init; }
}
