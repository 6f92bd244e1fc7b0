using Tda.Core.Masks;

namespace Tda.Curation.Curated;

/// <summary>What a rule decided on a document.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Action">What is to happen.</param>
/// <param name="Rule">The rule, with its options, in words.</param>
public sealed record Decision(string Id, CurationAction Action, string Rule)
{
    /// <summary>What the rule measured: a score in nats × N, or the number of masked tokens.</summary>
    public double? Value { get; init; }

    /// <summary>What it compared with.</summary>
    public double? Threshold { get; init; }

    /// <summary>Tokens to suppress, for <see cref="CurationAction.Mask"/>.</summary>
    public DocumentMask? Mask { get; init; }

    /// <summary>Factor on the loss, for <see cref="CurationAction.Weight"/>.</summary>
    public double? Weight { get; init; }
}
