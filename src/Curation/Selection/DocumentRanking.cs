namespace Tda.Curation.Selection;

/// <summary>
/// IF-Guide's document ranking: f = tokens above τ and s = the sum of their scores, each min-max normalised over all
/// documents, combined as 2sf/(s+f+1e-6).
/// </summary>
internal static class DocumentRanking
{
    private const double Epsilon = 1e-6;

    /// <summary>All documents, best first. Ties fall to the larger sum, then to the smaller id, never to the input's order.</summary>
    public static RankedDocument[] Rank(IReadOnlyList<DocumentTokenScores> documents, double tau)
    {
        RankedDocument[] tallies = [.. documents.Select(document =>
        {
            float[] above = [.. document.Scores.Where(score => score > tau)];
            return new RankedDocument(document, above.Length, above.Sum(score => (double)score));
        })];
        var (fewest, most) = (tallies.Min(t => t.Above), tallies.Max(t => t.Above));
        var (least, largest) = (tallies.Min(t => t.Sum), tallies.Max(t => t.Sum));
        return
        [
            .. tallies
                .OrderByDescending(t => HarmonicMean(Scaled(t.Above, fewest, most), Scaled(t.Sum, least, largest)))
                .ThenByDescending(t => t.Sum)
                .ThenBy(t => t.Document.Id, StringComparer.Ordinal)
        ];
    }

    private static double HarmonicMean(double f, double s) => 2 * s * f / (s + f + Epsilon);

    // Where all documents agree the quantity tells nothing apart: 1 leaves the ranking to the other one, while 0/0 or 0 would erase it.
    private static double Scaled(double value, double min, double max) => max > min ? (value - min) / (max - min) : 1;
}

/// <summary>A document in IF-Guide's ranking.</summary>
/// <param name="Document">Its token scores.</param>
/// <param name="Above">Number of label tokens with a score above τ.</param>
/// <param name="Sum">Sum of their scores, in nats × N.</param>
internal sealed record RankedDocument(DocumentTokenScores Document, int Above, double Sum);
