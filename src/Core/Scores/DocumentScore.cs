namespace Tda.Core.Scores;

/// <summary>A document in a ranking: one line of <c>top.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">The document's source.</param>
/// <param name="Score">
/// Influence, signed; positive = proponent. Sum over the document's rows. Uncalibrated: score / N (<see cref="ScoreHeader.N"/>) is what the
/// method predicts in nats, and methods differ in it by a factor of a hundred. Without any unit in a normalised run.
/// </param>
/// <param name="Share">Part of the positive mass of its query's scores that is this document's; 0 for opponents.</param>
/// <param name="Rank">From 1, the strongest proponent first.</param>
public sealed record DocumentScore(string Id, string Source, double Score, double Share, int Rank)
{
    /// <summary>Id of the query that was explained; null for an aggregate of all.</summary>
    public string? Query { get; init; }

    /// <summary>The document's name (<see cref="Corpora.DocumentName"/>); null where the corpus knows none.</summary>
    public string? Name { get; init; }

    /// <summary>Standard deviations above a document drawn at random (<see cref="ScoreBackground.Z"/>); null where all score alike.</summary>
    public double? Z { get; init; }

    /// <summary>
    /// What the method predicts, uncalibrated: the change of the query's loss in nats if the document were removed, score / N. Compares
    /// documents of one run, and says nothing of the true size. Null where scores have no unit.
    /// </summary>
    public double? UncalibratedNats { get; init; }

    /// <summary>Standard deviation of the score over the ensemble's members; null for one model.</summary>
    public double? Spread { get; init; }

    /// <summary>95 % interval of the members' mean score (Student's t); null for one model.</summary>
    public ValueInterval? Interval { get; init; }

    /// <summary>The predicted change after calibration, or, of a method that measures, the measured one; else null.</summary>
    public CalibratedChange? Calibrated { get; init; }
}

/// <summary>What retrainings (or PBRF runs) say a predicted change amounts to.</summary>
/// <param name="Nats">Expected change of the query's loss if the document were removed, in nats.</param>
/// <param name="Interval">95 % interval of that expectation; it has no room for the noise of one retraining.</param>
public sealed record CalibratedChange(double Nats, ValueInterval Interval);

/// <summary>A 95 % interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record ValueInterval(double Low, double High);
