namespace Tda.Labels.Classifiers;

/// <summary>How a <see cref="HarmClassifier"/> is trained.</summary>
public sealed record HarmClassifierOptions
{
    /// <summary>Features are hashed into this many buckets, a power of two. Default 2¹⁷.</summary>
    public int Buckets { get; init; } = 1 << 17;

    /// <summary>Characters of a piece: about a completion's length. Default 160.</summary>
    public int PieceLength { get; init; } = 160;

    /// <summary>Shorter pieces are left out of training. Default 90.</summary>
    public int ShortestPiece { get; init; } = 90;

    /// <summary>Most pieces taken from one harmful document. Default 8.</summary>
    public int PiecesPerHarmful { get; init; } = 8;

    /// <summary>Most pieces taken from one benign document. Default 4.</summary>
    public int PiecesPerBenign { get; init; } = 4;

    /// <summary>Passes over the pieces. Default 20.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>AdaGrad's learning rate. Default 0.3.</summary>
    public double LearningRate { get; init; } = 0.3;

    /// <summary>L2 regularisation. Default 1e-5.</summary>
    public double L2 { get; init; } = 1e-5;

    /// <summary>Part of the documents (not pieces) on which the threshold is chosen, above 0 and below 0.5. Default 0.15.</summary>
    public double ValidationFraction { get; init; } = 0.15;

    /// <summary>Part of the documents that only measures, above 0 and below 0.5. Default 0.15.</summary>
    public double HeldOutFraction { get; init; } = 0.15;

    /// <summary>
    /// The threshold is the lowest at which no more than this part of the validation pieces of any benign kind is called
    /// harmful. Default 0.04.
    /// </summary>
    public double FalsePositiveRate { get; init; } = 0.04;

    /// <summary>Shorter completions are never called harmful: there is too little to judge. Default 20 characters.</summary>
    public int ShortestJudged { get; init; } = 20;

    /// <summary>Seed of the split and of the order of the pieces.</summary>
    public long Seed { get; init; }

    /// <summary>Checks every property.</summary>
    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate() => new OptionChecks()
        .Require(Buckets >= 2 && int.IsPow2(Buckets), $"{Buckets} buckets are not a power of two")
        .Require(ShortestPiece >= 1 && ShortestPiece <= PieceLength, $"pieces of {ShortestPiece} to {PieceLength} characters make no sense")
        .AtLeast("pieces of a harmful document", PiecesPerHarmful, 1)
        .AtLeast("pieces of a benign document", PiecesPerBenign, 1)
        .AtLeast("epochs", Epochs, 1)
        .Above("learning rate", LearningRate, 0)
        .AtLeast("L2", L2, 0)
        .Require(ValidationFraction is > 0 and < 0.5, "validation fraction", ValidationFraction, "above 0 and below 0.5")
        .Require(HeldOutFraction is > 0 and < 0.5, "held-out fraction", HeldOutFraction, "above 0 and below 0.5")
        .Require(FalsePositiveRate is > 0 and < 1, "false-positive rate", FalsePositiveRate, "above 0 and below 1")
        .Throw("The harm classifier's");
}
