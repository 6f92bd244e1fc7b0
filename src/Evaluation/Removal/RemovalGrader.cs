using Tda.Evaluation.Lds;

namespace Tda.Evaluation.Removal;

/// <summary>
/// Subset removal (brittleness; Hammoudeh and Lowd 2212.04612): the models are retrained without the documents that a method
/// ranks first, and the queries' loss is compared with that of models trained on all. A right ranking raises it more than chance.
/// </summary>
public static class RemovalGrader
{
    /// <summary>Grades removal lists on a bank that was filled from them. Lists are found by what they lack, not by their place.</summary>
    /// <exception cref="BadInputException">The bank has no subset with all documents, or lacks a list.</exception>
    public static IReadOnlyList<RemovalResult> Grade(
        IReadOnlyList<RemovalEntry> entries, RetrainingOutcomes outcomes, BootstrapOptions? options = null)
    {
        options ??= new BootstrapOptions();
        var subsets = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var m = outcomes.Subsets - 1; m >= 0; m--)
        {
            subsets[Key(outcomes.Documents.Where((_, d) => !outcomes.Kept[m][d]))] = m;
        }

        if (!subsets.TryGetValue(Key([]), out var whole))
        {
            throw new BadInputException("bank", "no models were trained on all documents: there is nothing to compare with");
        }

        // Loss of every subset and query, less that with all documents.
        var rise = Enumerable.Range(0, outcomes.Queries.Count).Select(q =>
        {
            var losses = LdsGrader.Measured(outcomes, q);
            return losses.Select(l => l - losses[whole]).ToArray();
        }).ToArray();
        var groups = entries.GroupBy(e => (e.Method, e.Share)).OrderBy(g => g.Key.Share).ThenBy(g => g.Key.Method, StringComparer.Ordinal);
        return [.. groups.Select(group =>
        {
            double[] increases = [.. group.SelectMany(Increases)];
            return new RemovalResult(
                group.Key.Method, group.Key.Share, Bootstrap.OfMean(increases, options),
                increases.Count(i => i > 0) / (double)increases.Length, group.Count());
        })];

        IEnumerable<double> Increases(RemovalEntry entry)
        {
            if (!subsets.TryGetValue(Key(entry.Removed), out var m))
            {
                var whose = entry.Query is null ? entry.Method : $"{entry.Method} for query '{entry.Query}'";
                throw new BadInputException(
                    "bank", $"has no models without the {entry.Removed.Count} documents of {whose}",
                    remedy: "Fill the bank from this removal file first.");
            }
            if (entry.Query is null)
            {
                // A control's draw is one unit; of a method's only list, the queries are.
                var all = rise.Select(r => r[m]);
                return entry.Method == "random" ? [all.Average()] : all;
            }
            var q = outcomes.Queries.ToList().IndexOf(entry.Query);
            return q >= 0 ? [rise[q][m]] : throw new BadInputException("bank", $"has no query '{entry.Query}'");
        }
    }

    private static string Key(IEnumerable<string> removed) => string.Join('\n', removed.Order(StringComparer.Ordinal));
}

/// <summary>What removing a method's top documents did.</summary>
/// <param name="Method">The method, or <c>random</c>.</param>
/// <param name="Share">Share of the documents removed.</param>
/// <param name="Increase">
/// Mean increase of the queries' loss in nats against models trained on all documents, with an interval over the queries' (or, of the
/// control, the draws').
/// </param>
/// <param name="Rose">Share of them that rose.</param>
/// <param name="Lists">Removal lists.</param>
public sealed record RemovalResult(string Method, double Share, Interval Increase, double Rose, int Lists);
