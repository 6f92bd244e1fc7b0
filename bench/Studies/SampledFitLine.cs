namespace Tda.Bench.Studies;

/// <summary>One fit.</summary>
/// <param name="Model">Scenario of the text bank.</param>
/// <param name="Seed">Of sampled labels, and of the sample.</param>
/// <param name="TokensPerColumn">Asked for; 0: all documents.</param>
/// <param name="Tokens">That covariances were taken over.</param>
/// <param name="Share">Of all.</param>
/// <param name="Spearman">
/// Mean over queries of the correlation over documents with the whole fit of this seed; for a whole fit, with that of seed 0, and null
/// for that itself.
/// </param>
/// <param name="Lds">Against the bank's retrainings.</param>
internal sealed record SampledFitLine(string Model, long Seed, int TokensPerColumn, long Tokens, double Share, double? Spearman, double Lds);
