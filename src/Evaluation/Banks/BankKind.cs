namespace Tda.Evaluation.Banks;

/// <summary>How the subsets of a bank were chosen, and so what it can grade.</summary>
public enum BankKind
{
    /// <summary>Random halves of the documents: the linear datamodelling score.</summary>
    HalfSubsets,

    /// <summary>All documents first, then all but one: leave-one-out.</summary>
    LeaveOneOut,

    /// <summary>All documents first, then all but a list each: what removing a method's top documents does.</summary>
    Removal,
}
