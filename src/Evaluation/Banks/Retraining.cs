namespace Tda.Evaluation.Banks;

/// <summary>One model to train for a bank.</summary>
/// <param name="Subset">Which subset of the documents, from 0.</param>
/// <param name="Seed">Which of the subset's models, from 0.</param>
public readonly record struct Retraining(int Subset, int Seed)
{
    /// <summary>
    /// Seed of its weights: no two retrainings of a bank share one, and none has a seed below 1,000, which models trained on all
    /// documents use. It doesn't depend on how many subsets or seeds the bank has.
    /// </summary>
    public long TrainingSeed => 1_000L * (Subset + 1) + Seed;
}
