namespace Tda.Evaluation.Grading;

/// <summary>What proxies of a classifier learn from.</summary>
public enum ClassifierLesson
{
    /// <summary>The documents' labels alone: nothing is seen of the target.</summary>
    Labels,

    /// <summary>The documents' labels, and the target's probabilities for the inputs of its log.</summary>
    LabelsAndLog,

    /// <summary>The target's probabilities for the documents, in place of their labels, as in the proxy study.</summary>
    Answers,
}
