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
        int queries = 0, inTop = 0, inCorpus = 0;
        for (var q = 0; q < run.Queries.Count; q++)
        {
            var answer = Words(run.Queries[q].Completion);
            if (answer.Length == 2)
            {
                continue;
            }

            queries++;
            var scores = run.Scores.Row(q).ToArray();
            var top = Enumerable.Range(0, scores.Length).Where(d => !float.IsNaN(scores[d])).OrderByDescending(d => scores[d]).Take(k);
            if (top.Any(d => texts[d].Contains(answer, StringComparison.Ordinal)))
            {
                inTop++;
            }

            if (texts.Any(t => t.Contains(answer, StringComparison.Ordinal)))
            {
                inCorpus++;
            }
        }
        // 0/0 is NaN: no answer could be looked for.
        return new AnswerInTop(k, queries, inTop / (double)queries, inCorpus / (double)queries);
    }

    // " word word ": the spaces at both ends keep "art" from being found in "party".
    private static string Words(string text)
    {
        var words = new StringBuilder(" ");
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c))
            {
                words.Append(char.ToLowerInvariant(c));
            }
            else if (words[^1] != ' ')
            {
                words.Append(' ');
            }
        }
        if (words[^1] != ' ')
        {
            words.Append(' ');
        }

        return words.Length == 1 ? "  " : words.ToString();
    }
}
