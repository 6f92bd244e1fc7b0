using Tda.Core.Masks;

namespace Tda.Curation.Ledger;

/// <summary>What a rule decided on a document.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Action">What is to happen.</param>
/// <param name="Rule">The rule, with its options, in words.</param>
public sealed record Decision(string Id, CurationAction Action, string Rule)
{
    /// <summary>Version of the rules in this assembly; raised when the same input would be decided otherwise.</summary>
    public const string RuleVersion = "1";

    /// <summary>What the rule measured: a score in nats × N, or the number of masked tokens.</summary>
    public double? Value { get; init; }

    /// <summary>What it compared with.</summary>
    public double? Threshold { get; init; }

    /// <summary>Short name of the reason in snake case, such as <c>too_short</c>; null where the rule has only one.</summary>
    public string? Reason { get; init; }

    /// <summary>Id of the document that stays in this one's place.</summary>
    public string? Twin { get; init; }

    /// <summary>The hit, at most 200 characters.</summary>
    public string? Evidence { get; init; }

    /// <summary>Tokens to suppress, for <see cref="CurationAction.Mask"/>.</summary>
    public DocumentMask? Mask { get; init; }

    /// <summary>Factor on the loss, for <see cref="CurationAction.Weight"/>.</summary>
    public double? Weight { get; init; }

    /// <summary>A decision for each mask.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="rule">The rule in words.</param>
    /// <param name="tau">Threshold in nats × N, where known.</param>
    public static IEnumerable<Decision> Masks(IEnumerable<DocumentMask> masks, string rule, double? tau) =>
        masks.Select(m => new Decision(m.Id, CurationAction.Mask, rule) { Value = m.Tokens.Length, Threshold = tau, Mask = m });
}

/// <summary>What happens to a document; the ledger states it in lower case.</summary>
public enum CurationAction
{
    /// <summary>Nothing, although a rule or a reviewer looked at it.</summary>
    Keep,

    /// <summary>It is left out of the curated corpus.</summary>
    Drop,

    /// <summary>It stays, with tokens to suppress in training.</summary>
    Mask,

    /// <summary>It stays, with a weight in training.</summary>
    Weight,
}
