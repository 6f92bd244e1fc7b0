namespace Tda.Evaluation.Classes;

/// <summary>
/// Whether the documents ranked first hold the answer word for word (2411.12580): facts are looked up, reasoning isn't. Compared
/// are letters and digits, in lower case, words apart by one space.
/// </summary>
/// <param name="K">Documents looked at.</param>
/// <param name="Queries">Queries asked: those whose answer has a letter or digit.</param>
/// <param name="InTop">Share of them with the answer among their first k documents.</param>
/// <param name="InCorpus">Share of them with the answer in any document: no ranking can do better.</param>
public sealed record AnswerInTop(int K, int Queries, double InTop, double InCorpus)
{
    /// <summary>Looks the answers up.</summary>
    /// <param name="run">The run.</param>
    /// <param name="text">Text of a document by its id; null when unknown.</param>
    /// <param name="k">Documents looked at, at least 1.</param>
    public static AnswerInTop Of(RunTable run, Func<string, string?> text, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var texts = run.Documents.Select(id => Words(text(id) ?? "")).ToArray();
        var asked = run.Queries.Select((query, q) => (Words: Words(query.Completion), Query: q)).Where(a => a.Words.Length > 2).ToArray();
        var inTop = asked.Count(a => Top(a.Query).Any(d => texts[d].Contains(a.Words, StringComparison.Ordinal)));
        var inCorpus = asked.Count(a => texts.Any(t => t.Contains(a.Words, StringComparison.Ordinal)));

        // 0/0 is NaN: no answer could be looked for.
        return new AnswerInTop(k, asked.Length, inTop / (double)asked.Length, inCorpus / (double)asked.Length);

        IEnumerable<int> Top(int query)
        {
            var scores = run.Scores.Row(query).ToArray();
            return Enumerable.Range(0, scores.Length).Where(d => !float.IsNaN(scores[d])).OrderByDescending(d => scores[d]).Take(k);
        }
    }

    // " word word ": the spaces at both ends keep "art" from being found in "party".
    private static string Words(string text)
    {
        var spaced = string.Concat(text.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' '));
        return $" {string.Join(' ', spaced.Split(' ', StringSplitOptions.RemoveEmptyEntries))} ";
    }
}
