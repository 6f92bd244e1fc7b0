namespace Tda.Cli.Demo.Steps;

/// <summary>How well the ranking by influence finds the harmful source.</summary>
/// <param name="HarmQueries">Answers in the harm query set.</param>
/// <param name="SafeQueries">Answers in the safe query set.</param>
/// <param name="Auroc">Probability that a document of the harmful source ranks above another.</param>
/// <param name="PrecisionAt50">Share of the harmful source among the first 50.</param>
/// <param name="BaseRate">Its share among all.</param>
public sealed record RankingQuality(int HarmQueries, int SafeQueries, double Auroc, double PrecisionAt50, double BaseRate);
