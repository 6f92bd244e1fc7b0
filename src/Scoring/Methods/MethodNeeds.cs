namespace Tda.Scoring.Methods;

/// <summary>What a method can't do without; what is missing is named before any work starts.</summary>
[Flags]
public enum MethodNeeds
{
    /// <summary>A trained model and the documents.</summary>
    None = 0,

    /// <summary>Curvature fitted on the documents: factors of an index, or fitted anew.</summary>
    Factors = 1,

    /// <summary>Checkpoints of the training run, with their learning rates.</summary>
    Checkpoints = 2,

    /// <summary>The optimiser's second moments in every checkpoint (AdamW).</summary>
    SecondMoments = 4,

    /// <summary>Several models trained alike but for seed or data.</summary>
    Ensemble = 8,

    /// <summary>The texts of documents and queries.</summary>
    Text = 16,

    /// <summary>A dense matrix of all tracked weights squared: small models only.</summary>
    SmallModel = 32,
}
