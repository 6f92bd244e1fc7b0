namespace Tda.Curation.Selection;

/// <summary>
/// IF-Guide's document ranking: f = tokens above τ and s = the sum of their scores, each min-max normalised over all
/// documents, combined as 2sf/(s+f+1e-6).
/// </summary>
public static class DocumentRanking
{
    private const double Epsilon = 1e-6;

    /// <summary>All documents, best first. Ties fall to the larger sum, then to the smaller id, never to the input's order.</summary>
    public static IReadOnlyList<RankedDocument> Rank(IReadOnlyList<DocumentTokenScores> documents, double tau)
    {
        var tallies = documents.Select(document => Tally(document, tau)).ToArray();
        if (tallies.Length == 0)
        {
            return [];
        }

        var count = new MinMax(tallies.Min(t => t.Above), tallies.Max(t => t.Above));
        var sum = new MinMax(tallies.Min(t => t.Sum), tallies.Max(t => t.Sum));
        return
        [
            .. tallies
                .Select(t => t with { HarmonicMean = HarmonicMean(count.Of(t.Above), sum.Of(t.Sum)) })
                .OrderByDescending(t => t.HarmonicMean)
                .ThenByDescending(t => t.Sum)
                .ThenBy(t => t.Id, StringComparer.Ordinal)
        ];
    }

    private static double HarmonicMean(double f, double s) => 2 * s * f / (s + f + Epsilon);

    private static RankedDocument Tally(DocumentTokenScores document, double tau)
    {
        var above = 0;
        var sum = 0.0;
        foreach (var score in document.Scores)
        {
            if (score <= tau)
            {
                continue;
            }

            above++;
            sum += score;
        }

        return new RankedDocument(document.Id, document.Source, above, sum, 0);
    }

    private readonly record struct MinMax(double Min, double Max)
    {
        // Where all documents agree the quantity tells nothing apart: 1 leaves the ranking to the other one, while 0/0 or 0 would erase it.
        public double Of(double value) => Max > Min ? (value - Min) / (Max - Min) : 1;
    }
}

/// <summary>A document with its place in IF-Guide's ranking.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Source">Source of the document.</param>
/// <param name="Above">Number of label tokens with a score above τ.</param>
/// <param name="Sum">Sum of their scores, in nats × N.</param>
/// <param name="HarmonicMean">2sf/(s+f+1e-6) of the two, each min-max normalised over all documents; 0 to 1.</param>
public sealed record RankedDocument(string Id, string Source, int Above, double Sum, double HarmonicMean);
