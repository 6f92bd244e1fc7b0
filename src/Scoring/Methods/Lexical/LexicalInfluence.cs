namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// A lexical baseline: words that document and completion share (of a span query: that the span's text shares). A target's score is the
/// mean over its queries. No sign, no unit, no gradient.
/// </summary>
public sealed class LexicalInfluence(string name, ITextIndex index, IReadOnlyList<Query> texts) : IInfluence
{
    private const string NoWords = "it has no words";

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => index.Count;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(name, normalisation);
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var wordless = WordlessQueries(queries, targets, excluded);
        for (var t = 0; t < targets.Count; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            var members = targets[t].Members.Where(q => !wordless.Contains(q)).ToArray();
            foreach (var q in members)
            {
                var own = index.Score(texts[q].Explained);
                for (var d = 0; d < own.Length; d++)
                {
                    scores[t, d] += own[d] / members.Length;
                }
            }
        }
        for (var d = 0; d < index.Count; d++)
        {
            if (!index.HasTerms(d))
            {
                scores.Exclude(d, documents, excluded, NoWords);
            }
        }
        return scores;
    }

    private HashSet<int> WordlessQueries(IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded)
    {
        var found = targets.SelectMany(t => t.Members).Distinct().Where(q => !Terms.Of(texts[q].Explained).Any()).ToHashSet();
        foreach (var q in found)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NoWords));
        }

        return found;
    }
}

/// <summary>Documents indexed by their words. Scores have no sign and no unit: 0 is "no word in common".</summary>
public interface ITextIndex
{
    /// <summary>Documents indexed.</summary>
    int Count { get; }

    /// <summary>False for a document without any word: it can't match anything, and is set apart rather than scored 0.</summary>
    bool HasTerms(int document);

    /// <summary>Scores of every document for a query text, in the order in which they were indexed.</summary>
    float[] Score(string query);
}

/// <summary>Splits text into terms: runs of letters and digits, lower-cased.</summary>
public static class Terms
{
    /// <summary>The terms of a text, in order, repeats kept.</summary>
    public static IEnumerable<string> Of(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                i++;
            }

            yield return text[start..i].ToLowerInvariant();
        }
    }

    /// <summary>How often each term occurs in a text.</summary>
    public static Dictionary<string, int> Counts(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var term in Of(text))
        {
            counts[term] = counts.GetValueOrDefault(term) + 1;
        }

        return counts;
    }
}
