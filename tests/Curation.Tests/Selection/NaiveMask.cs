using Tda.Curation.Selection;

namespace Tda.Curation.Tests.Selection;

/// <summary>IF-Guide's selection written down as the paper states it, slowly: the reference that the fast one is held against.</summary>
internal static class NaiveMask
{
    public static Dictionary<string, int[]> Select(IEnumerable<DocumentTokenScores> documents, double quantile, int window, double budget)
    {
        var all = documents.ToList();
        var sorted = all.SelectMany(d => d.Scores).Select(s => (double)s).Order().ToList();
        var position = quantile * (sorted.Count - 1);
        var below = sorted[(int)Math.Floor(position)];
        var above = sorted[(int)Math.Ceiling(position)];
        var tau = Math.Max(0, below + (position - Math.Floor(position)) * (above - below));

        double F(DocumentTokenScores d) => d.Scores.Count(s => s > tau);
        double S(DocumentTokenScores d) => d.Scores.Where(s => s > tau).Sum(s => (double)s);
        double Scaled(Func<DocumentTokenScores, double> of, DocumentTokenScores d) =>
            all.Max(of) == all.Min(of) ? 1 : (of(d) - all.Min(of)) / (all.Max(of) - all.Min(of));
        double H(DocumentTokenScores d) => 2 * Scaled(S, d) * Scaled(F, d) / (Scaled(S, d) + Scaled(F, d) + 1e-6);

        var left = (int)Math.Floor((decimal)budget * sorted.Count);
        var mask = new Dictionary<string, int[]>();
        foreach (var document in all.OrderByDescending(H).ThenByDescending(S).ThenBy(d => d.Id, StringComparer.Ordinal))
        {
            var chosen = new SortedSet<int>();
            var centres = Enumerable.Range(1, document.Scores.Length).Where(t => document.Scores[t - 1] > tau)
                .OrderByDescending(t => document.Scores[t - 1]).ThenBy(t => t);
            foreach (var centre in centres)
            {
                var order = Enumerable.Range(1, window).SelectMany(w => new[] { centre - w, centre + w }).Prepend(centre);
                foreach (var token in order.Where(t => t >= 1 && t <= document.Scores.Length && left > 0))
                {
                    if (chosen.Add(token))
                    {
                        left--;
                    }
                }
            }

            if (chosen.Count > 0)
            {
                mask[document.Id] = [.. chosen];
            }
        }

        return mask;
    }
}
