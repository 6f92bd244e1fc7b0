using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Scoring.Attribution;

/// <summary>Which documents a prefilter leaves: the union of the strongest of every target.</summary>
internal static class Prefilter
{
    public static IReadOnlySet<int> Kept(
        ScoringSession session, QuerySet queries, PrefilterOptions options, MethodOptions methods, IProgressSink progress,
        CancellationToken cancellation)
    {
        var texts = session.Corpus.Documents().Select(d => d.Text);
        TextIndex index = options.Method == "bm25" ? new Bm25(texts, methods.Bm25) : new TfIdf(texts);
        var kept = new HashSet<int>();
        foreach (var target in queries.Targets)
        {
            cancellation.ThrowIfCancellationRequested();
            var sum = new double[index.Count];
            foreach (var q in target.Members)
            {
                var own = index.Score(queries.Queries[q].Explained);
                for (var d = 0; d < own.Length; d++)
                {
                    sum[d] += own[d];
                }
            }
            kept.UnionWith(Enumerable.Range(0, sum.Length).Where(d => sum[d] > 0)
                .OrderByDescending(d => sum[d]).ThenBy(session.Rows.IdOf, StringComparer.Ordinal).Take(options.Keep));
        }
        progress.Message(
            $"{index.Count - kept.Count} of {index.Count} documents are left out by {options.Method}: what shares no words with the "
            + "answers is not scored, however influential it may be.");
        return kept;
    }
}

/// <summary>A lexical ranking that decides which documents are scored at all.</summary>
/// <param name="Method"><c>bm25</c> or <c>tfidf</c>.</param>
/// <param name="Keep">Documents kept for each query or set, at least 1; what shares no word with it isn't kept.</param>
public sealed record PrefilterOptions(string Method, int Keep)
{
    /// <summary>Reads <c>bm25:10000</c>.</summary>
    /// <exception cref="UsageException">It isn't of that form.</exception>
    public static PrefilterOptions Parse(string text) =>
        text.Split(':') is [("bm25" or "tfidf") and var method, var count]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var keep) && keep > 0
            ? new PrefilterOptions(method, keep)
            : throw new UsageException($"The prefilter is '{text}'; write bm25:N or tfidf:N, N at least 1.");
}
