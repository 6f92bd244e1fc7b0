namespace Tda.Evaluation.Lds;

/// <summary>
/// How much of the measured losses is signal: retrainings on the same subset differ by their seeds. The best LDS that scores can reach
/// is about <see cref="Ceiling"/>, not 1.
/// </summary>
/// <param name="HalfCorrelation">
/// r: Spearman's correlation over subsets between the mean losses of two disjoint groups of ⌊R/2⌋ retrainings; mean over random
/// splits and queries.
/// </param>
/// <param name="Reliability">
/// Spearman–Brown: the correlation that two independent sets of R retrainings would have, <c>kr/(1+(k−1)r)</c>, k = R/⌊R/2⌋.
/// </param>
/// <param name="Ceiling">
/// √<see cref="Reliability"/>: the correlation of a perfect prediction of the expected loss with the mean of R retrainings. NaN where
/// r is not positive.
/// </param>
public sealed record NoiseCeiling(double HalfCorrelation, double Reliability, double Ceiling);
