namespace Tda.Evaluation;

/// <summary>Scores of documents beside what was measured of the same documents, query by query.</summary>
internal sealed class ScoreAgreement(IReadOnlyList<(double[] Scores, double[] Measured)> queries)
{
    /// <summary>A correlation over documents, mean over queries, with its interval over both. Where it isn't defined it counts 0.</summary>
    public Interval Mean(Func<IReadOnlyList<double>, IReadOnlyList<double>, double> correlation, BootstrapOptions options)
    {
        var documents = queries[0].Scores.Length;
        return Bootstrap.Of(
            Of([.. Enumerable.Range(0, documents)], [.. Enumerable.Range(0, queries.Count)]), options,
            draw => Of(draw(documents), draw(queries.Count)));

        double Of(int[] chosen, int[] asked) => asked.Average(q =>
        {
            var (scores, measured) = queries[q];
            var value = correlation([.. chosen.Select(d => scores[d])], [.. chosen.Select(d => measured[d])]);
            return double.IsNaN(value) ? 0 : value;
        });
    }
}
