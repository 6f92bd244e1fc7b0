namespace Tda.Scoring.Planning;

/// <summary>What is known or had.</summary>
[Flags]
public enum Knowledge
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The closed model's own weights.</summary>
    Weights = 1,

    /// <summary>Its architecture and size.</summary>
    Architecture = 2,

    /// <summary>Its answers to queries of one's own choice: a log to distil from.</summary>
    Queries = 4,

    /// <summary>Its training documents: without, the candidate corpus is a guess.</summary>
    Documents = 8,

    /// <summary>A budget for training surrogates.</summary>
    Budget = 16,
}
