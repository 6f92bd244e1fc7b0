namespace Tda.Scoring.Attribution.Trust;

/// <summary>
/// Whether a run tells answers apart. Hubs are documents that rank high for everything (Radovanović, Nanopoulos and Ivanović 2010): they say
/// what the model is like, and not why it gave this answer. The first singular value says the same of all documents at once.
/// </summary>
/// <param name="Top">k: ranks that count as high.</param>
/// <param name="Targets">Answers (or sets) compared.</param>
/// <param name="LargestShare">Share of the answers that have the most frequent document among their first k.</param>
/// <param name="Chance">What that share would be, on average, for a document drawn at random: k/N.</param>
/// <param name="Hubs">Documents among the first k of at least half of the answers, the most frequent first; at most ten are named.</param>
/// <param name="FirstSingularShare">
/// σ₁²/Σσ² of the scores, each answer's row centred and scaled to length 1: 1 where all answers have one ranking (or its reverse), 1/Q where
/// they have nothing in common. Null where no answer has any order.
/// </param>
public sealed record HubDocuments(
    int Top, int Targets, double LargestShare, double Chance, IReadOnlyList<HubDocument> Hubs, double? FirstSingularShare)
{
    /// <summary>Answers below which nothing is said.</summary>
    public const int FewestTargets = 4;

    private const double HubShare = .5;
    private const int MostNamed = 10;
    private const int MostTargets = 64;
    private const int MostDocuments = 20_000;

    /// <summary>Measures it; null for fewer than four answers, or fewer than 2k documents.</summary>
    /// <param name="scores">Scores, of documents set apart NaN.</param>
    /// <param name="targets">The first so many rows count.</param>
    /// <param name="idOf">A document's id.</param>
    /// <param name="top">k.</param>
    public static HubDocuments? Of(IScoreRows scores, int targets, Func<int, string> idOf, int top = 10)
    {
        if (targets < FewestTargets)
        {
            return null;
        }

        var first = scores.Row(0).ToArray();
        int[] scored = [.. Enumerable.Range(0, first.Length).Where(d => !float.IsNaN(first[d]))];
        if (scored.Length < 2 * top)
        {
            return null;
        }

        // Of very many documents and answers an even sample is enough for the singular values; hubs are counted over all.
        int[] sampled = [.. scored.Where((_, i) => i % ((scored.Length + MostDocuments - 1) / MostDocuments) == 0)];
        var every = (targets + MostTargets - 1) / MostTargets;
        var rows = new List<double[]>();
        var counts = new Dictionary<int, int>();
        for (var t = 0; t < targets; t++)
        {
            var row = scores.Row(t).ToArray();
            foreach (var d in scored.OrderByDescending(d => row[d]).ThenBy(idOf, StringComparer.Ordinal).Take(top))
            {
                counts[d] = counts.GetValueOrDefault(d) + 1;
            }

            if (t % every == 0)
            {
                rows.Add(Unit([.. sampled.Select(d => (double)row[d])]));
            }
        }

        var hubs = counts.Select(c => new HubDocument(idOf(c.Key), (double)c.Value / targets)).OrderByDescending(h => h.Share).ThenBy(h => h.Id, StringComparer.Ordinal).ToArray();
        return new HubDocuments(
            top, targets, hubs[0].Share, (double)top / scored.Length, [.. hubs.Where(h => h.Share >= HubShare).Take(MostNamed)], FirstShare(rows));
    }

    private static double[] Unit(double[] row)
    {
        var mean = row.Average();
        var length = Math.Sqrt(row.Sum(x => (x - mean) * (x - mean)));
        return [.. row.Select(x => length > 0 ? (x - mean) / length : 0)];
    }

    // Eigenvalues of the rows' Gram matrix are σ².
    private static double? FirstShare(List<double[]> rows)
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(rows.SelectMany(r => r).ToArray(), dtype: ScalarType.Float64).reshape(rows.Count, -1);
        var values = linalg.eigvalsh(matrix.mm(matrix.t()));
        var sum = values.sum().item<double>();
        return sum > 0 ? values.max().item<double>() / sum : null;
    }
}

/// <summary>A document that ranks high for many answers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Share">Share of the answers that have it among their first.</param>
public sealed record HubDocument(string Id, double Share);
