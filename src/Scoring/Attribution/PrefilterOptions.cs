using System.Globalization;

namespace Tda.Scoring.Attribution;

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
