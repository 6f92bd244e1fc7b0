namespace Tda.Bench.Peers;

/// <summary>How far two sides' scores of the same documents for the same queries agree.</summary>
/// <param name="First">One side.</param>
/// <param name="Second">The other; the same library under another seed where noise is told.</param>
/// <param name="Mean">Mean over queries of Spearman's correlation over documents.</param>
/// <param name="Lowest">The lowest of a query.</param>
public sealed record PeerAgreement(string First, string Second, double Mean, double Lowest)
{
    /// <summary>Compares scores (queries, documents), row by row.</summary>
    /// <param name="first">One side's name.</param>
    /// <param name="x">Its scores.</param>
    /// <param name="second">The other's name.</param>
    /// <param name="y">Its scores.</param>
    /// <exception cref="TdaException">Shapes differ, or a row has no order: equal scores for all documents, or one that isn't a number.</exception>
    public static PeerAgreement Of(string first, IReadOnlyList<double[]> x, string second, IReadOnlyList<double[]> y)
    {
        if (x.Count != y.Count || x.Count == 0 || x.Zip(y).Any(pair => pair.First.Length != pair.Second.Length))
        {
            throw new TdaException($"{first} has scores of {Shape(x)}, {second} of {Shape(y)}: they aren't of the same documents and queries.");
        }

        var correlations = new double[x.Count];
        for (var q = 0; q < x.Count; q++)
        {
            // Ranks of what isn't a number would be numbers.
            correlations[q] = x[q].Concat(y[q]).All(double.IsFinite) ? Correlation.Spearman(x[q], y[q]) : double.NaN;
            if (double.IsNaN(correlations[q]))
            {
                throw new TdaException($"{first} and {second} can't be compared in query {q}: scores that are all equal, or not finite, have no order.");
            }
        }

        return new PeerAgreement(first, second, correlations.Average(), correlations.Min());
    }

    private static string Shape(IReadOnlyList<double[]> scores) => $"({scores.Count}, {(scores.Count > 0 ? scores[0].Length : 0)})";
}
