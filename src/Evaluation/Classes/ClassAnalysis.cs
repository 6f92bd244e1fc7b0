namespace Tda.Evaluation.Classes;

/// <summary>Analyses a run by classes of queries (2308.03296, 2411.12580): do queries of one kind draw on the same documents?</summary>
public static class ClassAnalysis
{
    private const string NoClass = "(none)";
    private static readonly int[] Tops = [1, 10, 100, 1000];

    /// <summary>Analyses a run.</summary>
    /// <param name="run">Its scores by document.</param>
    /// <param name="tailShare">Share of the positive scores that the power law is fitted on.</param>
    public static ClassAnalysisResult Of(RunTable run, double tailShare = .1)
    {
        var labels = run.Queries.Select(q => q.Label ?? NoClass).ToArray();
        var classes = labels.Distinct().Order(StringComparer.Ordinal).ToArray();
        int[] documents = [.. Enumerable.Range(0, run.Documents.Count).Where(d => !float.IsNaN(run.Scores[0, d]))];
        var scores = Enumerable.Range(0, labels.Length).Select(q => documents.Select(d => (double)run.Scores[q, d]).ToArray()).ToArray();

        // 1. Correlations between the classes' mean scores, and between single queries.
        var means = classes.Select(c => Mean([.. scores.Where((_, q) => labels[q] == c)])).ToArray();
        var correlations = means.Select(a => means.Select(b => Correlation.Spearman(a, b)).ToArray()).ToArray();
        var ranks = scores.Select(Correlation.Ranks).ToArray();
        var pairs = (from i in Enumerable.Range(0, labels.Length)
                     from j in Enumerable.Range(0, i)
                     let value = Correlation.Pearson(ranks[i], ranks[j])
                     where !double.IsNaN(value)
                     select (Same: labels[i] == labels[j], Value: value)).ToArray();

        // 2. Concentration of every query.
        var concentration = scores.Select((s, q) => new QueryConcentration(
            run.Queries[q].Id, labels[q], Tops.Where(k => k <= documents.Length).ToDictionary(k => k, k => PowerLaw.TopShare(s, k)),
            PowerLaw.Of(s, tailShare))).ToArray();

        // 3. Sources.
        var sources = documents.Select(d => run.Sources[d]).ToArray();
        return new ClassAnalysisResult(
            classes, correlations,
            Average(pairs.Where(p => p.Same).Select(p => p.Value)), Average(pairs.Where(p => !p.Same).Select(p => p.Value)),
            concentration, [.. classes.SelectMany(c => Multipliers(c, [.. scores.Where((_, q) => labels[q] == c)], sources))]);
    }

    private static IEnumerable<SourceMultiplier> Multipliers(string name, double[][] scores, string[] sources)
    {
        foreach (var source in sources.Distinct().Order(StringComparer.Ordinal))
        {
            // Shares first, mean after: a query with large scores must not speak for its class.
            var share = Average(scores.Select(s =>
                s.Where((v, d) => v > 0 && sources[d] == source).Sum() / s.Where(v => v > 0).Sum()).Where(double.IsFinite));
            yield return new SourceMultiplier(name, source, share, sources.Count(s => s == source) / (double)sources.Length);
        }
    }

    private static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(d => rows.Average(r => r[d]))];

    private static double Average(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
}

/// <summary>What the classes of a run's queries have in common and what not.</summary>
/// <param name="Classes">The classes: labels of the queries; queries without one are the class <c>(none)</c>.</param>
/// <param name="Correlations">Spearman's correlation over documents of the classes' mean scores, [classes][classes].</param>
/// <param name="Within">Mean correlation of two queries of one class; NaN when no class has two.</param>
/// <param name="Between">Mean correlation of two queries of different classes; NaN with one class.</param>
/// <param name="Queries">Concentration of every query.</param>
/// <param name="Sources">Multipliers, classes by sources.</param>
public sealed record ClassAnalysisResult(
    IReadOnlyList<string> Classes, IReadOnlyList<double[]> Correlations, double Within, double Between,
    IReadOnlyList<QueryConcentration> Queries, IReadOnlyList<SourceMultiplier> Sources);

/// <summary>How a query's positive influence is spread.</summary>
/// <param name="Query">The query.</param>
/// <param name="Class">Its class.</param>
/// <param name="TopShare">Per k: share of the positive influence in its k strongest documents.</param>
/// <param name="Tail">Power-law fit of the tail; null when fewer than 10 documents have a positive score.</param>
public sealed record QueryConcentration(string Query, string Class, IReadOnlyDictionary<int, double> TopShare, PowerLaw? Tail);

/// <summary>How much more a source influences a class of queries than its size explains.</summary>
/// <param name="Class">Class of the queries.</param>
/// <param name="Source">Source of the documents.</param>
/// <param name="InfluenceShare">Its share of the positive influence, mean over the class's queries.</param>
/// <param name="DocumentShare">Its share of the documents.</param>
public sealed record SourceMultiplier(string Class, string Source, double InfluenceShare, double DocumentShare)
{
    /// <summary>Influence over size: 1 is what chance gives.</summary>
    public double Multiplier => InfluenceShare / DocumentShare;
}
