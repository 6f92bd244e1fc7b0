namespace Tda.Core.Scores;

/// <summary>What retrainings (or PBRF runs) say a predicted change amounts to.</summary>
/// <param name="Nats">Expected change of the query's loss if the document were removed, in nats.</param>
/// <param name="Interval">95 % interval of that expectation; it has no room for the noise of one retraining.</param>
public sealed record CalibratedChange(double Nats, ValueInterval Interval);
