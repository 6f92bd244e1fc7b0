namespace Tda.Scoring.Attribution;

/// <summary>IF-Guide's contrast of two sets of queries.</summary>
public static class Differential
{
    /// <summary>
    /// Harm less safe, element by element; harm alone when there is no safe set. Scores are linear in the query's gradient, so this
    /// equals the score of <c>ḡ_harm − ḡ_safe</c>.
    /// </summary>
    /// <param name="scores">Scores for harm and, if any, for safe.</param>
    public static float[] Of(IReadOnlyList<float[]> scores) => scores.Count switch
    {
        1 => scores[0],
        2 => [.. scores[0].Zip(scores[1], (harm, safe) => harm - safe)],
        _ => throw new ArgumentException($"{scores.Count} sets of scores; harm and safe are expected", nameof(scores)),
    };
}
