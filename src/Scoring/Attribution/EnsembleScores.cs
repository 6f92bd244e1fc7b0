using Tda.Scoring.Methods;

namespace Tda.Scoring.Attribution;

/// <summary>Scores of an ensemble with their spread, [targets, documents]. A document that a member set apart is NaN in all.</summary>
/// <param name="Mean">Mean over the members.</param>
/// <param name="Deviation">Standard deviation over the members (M − 1 in the denominator); NaN with one member.</param>
/// <param name="Lower">Lower end of the mean's 95 % interval, by Student's t with M − 1 degrees of freedom; NaN with one member.</param>
/// <param name="Upper">Upper end.</param>
public sealed record EnsembleScores(ScoreMatrix Mean, ScoreMatrix Deviation, ScoreMatrix Lower, ScoreMatrix Upper);
