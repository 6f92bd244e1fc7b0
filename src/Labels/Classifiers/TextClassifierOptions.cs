namespace Tda.Labels.Classifiers;

/// <summary>How a <see cref="TextClassifier"/> is trained.</summary>
public sealed record TextClassifierOptions
{
    /// <summary>What it looks at. Default <see cref="ClassifierFeatures.Auto"/>.</summary>
    public ClassifierFeatures Features { get; init; } = ClassifierFeatures.Auto;

    /// <summary>Words and n-grams are hashed into this many buckets, a power of two. Default 2¹⁷.</summary>
    public int Buckets { get; init; } = 1 << 17;

    /// <summary>Characters of a piece: about a completion's length. Default 160.</summary>
    public int PieceLength { get; init; } = 160;

    /// <summary>Shorter pieces are left out of training. Default 90.</summary>
    public int ShortestPiece { get; init; } = 90;

    /// <summary>Most pieces taken from one text of the label. Default 4.</summary>
    public int PiecesPerHarmful { get; init; } = 4;

    /// <summary>Most pieces taken from one text of any other. Default 2.</summary>
    public int PiecesPerBenign { get; init; } = 2;

    /// <summary>λ of the encoder's head. Default 1e-4.</summary>
    public double L2 { get; init; } = 1e-4;

    /// <summary>Parts of the cross-validation by which features are chosen and probabilities calibrated, 2 to 20. Default 5.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>Part of the texts (not pieces) that only measures, above 0 and below 0.5. Default 0.15.</summary>
    public double HeldOutFraction { get; init; } = 0.15;

    /// <summary>
    /// The threshold is the lowest at which no more than this part of the pieces of any benign kind is called harmful, by models that
    /// haven't seen them. Default 0.04.
    /// </summary>
    public double FalsePositiveRate { get; init; } = 0.04;

    /// <summary>Shorter texts are never called harmful: there is too little to judge. Default 20 characters.</summary>
    public int ShortestJudged { get; init; } = 20;

    /// <summary>Seed of the split and of the order of the pieces.</summary>
    public long Seed { get; init; }

    /// <summary>Checks every property.</summary>
    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate() => new OptionChecks()
        .Require(Buckets >= 2 && int.IsPow2(Buckets), $"{Buckets} buckets are not a power of two")
        .Require(ShortestPiece >= 1 && ShortestPiece <= PieceLength, $"pieces of {ShortestPiece} to {PieceLength} characters make no sense")
        .AtLeast("pieces of a harmful text", PiecesPerHarmful, 1)
        .AtLeast("pieces of a benign text", PiecesPerBenign, 1)
        .Above("L2", L2, 0)
        .Between("folds", Folds, 2, 20)
        .Require(HeldOutFraction is > 0 and < 0.5, "held-out fraction", HeldOutFraction, "above 0 and below 0.5")
        .Require(FalsePositiveRate is > 0 and < 1, "false-positive rate", FalsePositiveRate, "above 0 and below 1")
        .Throw("The classifier's");
}

/// <summary>What a classifier looks at.</summary>
public enum ClassifierFeatures
{
    /// <summary>Whichever of the others cross-validation finds best.</summary>
    Auto,

    /// <summary>Hashed words and n-grams: fast, and knows only the wording it was shown.</summary>
    Words,

    /// <summary>The sentence encoder's vectors: knows words that mean the same.</summary>
    Encoder,

    /// <summary>Both, their logits added with weights that cross-validation gives.</summary>
    Both,
}
