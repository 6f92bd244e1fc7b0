namespace Tda.Core.Scores;

/// <summary>
/// How well the surrogate predicts the closed model's answer: what an attribution to it is worth. Over the tokens that carry loss, given
/// their prompts; of a set of queries, over the tokens of all.
/// </summary>
/// <param name="Tokens">Tokens measured.</param>
/// <param name="NatsPerToken">Loss under the surrogate.</param>
/// <param name="UnigramNatsPerToken">Loss of predicting every token by its frequency in the corpus (one added to each count).</param>
/// <param name="UntrainedNatsPerToken">Loss under the same architecture with random weights.</param>
/// <param name="Top1Agreement">Share of the tokens that the surrogate holds likeliest.</param>
public sealed record AnswerFidelity(
    long Tokens, double NatsPerToken, double UnigramNatsPerToken, double UntrainedNatsPerToken, double Top1Agreement)
{
    /// <summary>
    /// 1 − surrogate's loss / unigram's: 1 when the surrogate knew the answer, 0 when it is no better than word frequencies, negative
    /// when it is worse.
    /// </summary>
    public double Fidelity => 1 - NatsPerToken / UnigramNatsPerToken;

    /// <summary>Mean loss of the answers held out when the surrogate was distilled; null when none were.</summary>
    public double? HeldOutNatsPerToken { get; init; }

    /// <summary>Share of those answers that the surrogate predicts worse than this one; null when their losses weren't kept.</summary>
    public double? HeldOutRank { get; init; }
}
