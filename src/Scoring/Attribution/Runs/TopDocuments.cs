using Tda.Scoring.Attribution.Sessions;

namespace Tda.Scoring.Attribution.Runs;

/// <summary>Ranks documents by score.</summary>
internal static class TopDocuments
{
    /// <summary>
    /// The highest scores, strongest proponent first; ties by document id, so that the ranking doesn't depend on the corpus's order. A
    /// share is part of the sum of all positive scores: influence is heavy-tailed, and the share says how much of it the top documents
    /// hold.
    /// </summary>
    public static IEnumerable<DocumentScore> Of(
        ReadOnlySpan<float> scores, CorpusRows rows, int top, string? query, Func<int, DocumentScore, DocumentScore>? describe = null)
    {
        var all = scores.ToArray();
        var background = ScoreBackground.Of(scores);
        var scored = Enumerable.Range(0, all.Length).Where(d => !float.IsNaN(all[d])).ToArray();
        var positive = scored.Sum(d => (double)Math.Max(0, all[d]));
        return scored.OrderByDescending(d => all[d]).ThenBy(rows.IdOf, StringComparer.Ordinal).Take(top).Select((d, i) =>
        {
            var share = positive > 0 ? Math.Max(0, all[d]) / positive : 0;
            var line = new DocumentScore(rows.IdOf(d), rows.Sources[d], all[d], share, i + 1) { Query = query, Z = background.Z(all[d]) };
            return describe?.Invoke(d, line) ?? line;
        });
    }

    /// <summary>The ranking with the names by which people know the documents.</summary>
    public static List<DocumentScore> Named(Corpus corpus, IEnumerable<DocumentScore> ranking)
    {
        List<DocumentScore> lines = [.. ranking];
        var names = DocumentName.Of(corpus, lines.Select(line => line.Id).ToHashSet(StringComparer.Ordinal));
        return [.. lines.Select(line => line with { Name = names.GetValueOrDefault(line.Id) })];
    }
}
