namespace Tda.Scoring.Methods;

/// <summary>What a document's own size is allowed to do to its score. Self-influence is <c>g_mᵀ(G + λI)⁻¹g_m</c>.</summary>
public enum Normalisation
{
    /// <summary>The score as it is, in nats × N.</summary>
    None,

    /// <summary>
    /// RelatIF (Barshan et al. 2020, 2003.11630): divided by √self-influence, so that outliers and long documents don't top every
    /// list. The better choice for single queries.
    /// </summary>
    RelatIf,

    /// <summary>Divided by √(self-influence of the document × that of the query): a cosine in the curvature's metric.</summary>
    Cosine,

    /// <summary>Less half of the self-influence.</summary>
    HalfSelf,
}

/// <summary>Applies a <see cref="Normalisation"/> to a score matrix.</summary>
internal static class Normaliser
{
    /// <param name="scores">Changed in place.</param>
    /// <param name="kind">The normalisation.</param>
    /// <param name="documents">Self-influence of every document; null only for <see cref="Normalisation.None"/>.</param>
    /// <param name="targets">Self-influence of every target; needed for <see cref="Normalisation.Cosine"/>.</param>
    public static void Apply(ScoreMatrix scores, Normalisation kind, IReadOnlyList<double>? documents, IReadOnlyList<double>? targets)
    {
        if (kind == Normalisation.None)
        {
            return;
        }

        for (var t = 0; t < scores.Targets; t++)
        {
            var row = scores.Row(t);
            for (var d = 0; d < row.Length; d++)
            {
                row[d] = Of(kind, row[d], documents![d], kind == Normalisation.Cosine ? targets![t] : 0);
            }
        }
    }

    /// <summary>Refuses any normalisation, for a method without self-influence.</summary>
    /// <exception cref="UsageException">A normalisation is asked for.</exception>
    public static void Refuse(string method, Normalisation kind, string reason = "has no self-influence to normalise by")
    {
        if (kind != Normalisation.None)
        {
            throw new UsageException($"Method {method} {reason}. Use --normalisation none.");
        }
    }

    /// <summary>One score.</summary>
    /// <param name="kind">The normalisation.</param>
    /// <param name="score">The score.</param>
    /// <param name="document">Self-influence of the document.</param>
    /// <param name="target">Self-influence of the target, for <see cref="Normalisation.Cosine"/>.</param>
    public static float Of(Normalisation kind, float score, double document, double target) => kind switch
    {
        Normalisation.None => score,
        Normalisation.RelatIf => Divide(score, document),
        Normalisation.Cosine => Divide(score, document * target),
        _ => (float)(score - document / 2),
    };

    // A document without gradient has no influence on anything, itself included: 0/0 is 0 here, not an error.
    private static float Divide(float score, double squared) => squared > 0 ? (float)(score / Math.Sqrt(squared)) : score;
}
