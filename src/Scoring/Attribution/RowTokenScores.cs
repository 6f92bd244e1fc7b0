using Tda.Scoring.Gradients;

namespace Tda.Scoring.Attribution;

/// <summary>Token scores of one row for each direction.</summary>
/// <param name="Row">The row.</param>
/// <param name="Scores">Per direction, per position t: the score of label token <c>Row.FirstLabel + t</c>.</param>
public sealed record RowTokenScores(TokenRow Row, IReadOnlyList<float[]> Scores);
