namespace Tda.Curation.Curated;

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
