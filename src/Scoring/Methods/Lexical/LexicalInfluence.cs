namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// A lexical baseline: words that document and completion share (of a span query: that the span's text shares). A target's score is the
/// mean over its queries. No sign, no unit, no gradient.
/// </summary>
internal sealed class LexicalInfluence(string name, TextIndex index, IReadOnlyList<Query> texts) : IInfluence
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
        var wordless = targets.SelectMany(t => t.Members).Where(q => !Terms.Of(texts[q].Explained).Any()).ToHashSet();
        foreach (var q in wordless)
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NoWords));
        }

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
        scores.Exclude(d => !index.HasTerms(d), documents, excluded, NoWords);
        return scores;
    }
}

/// <summary>Documents indexed by their words, in order. Scores have no sign and no unit: 0 is "no word in common".</summary>
internal abstract class TextIndex
{
    protected TextIndex(IEnumerable<string> documents)
    {
        foreach (var text in documents)
        {
            var counts = Terms.Counts(text);
            foreach (var (term, count) in counts)
            {
                if (!Postings.TryGetValue(term, out var list))
                {
                    Postings[term] = list = [];
                }

                list.Add((Count, count));
            }
            Lengths.Add(counts.Values.Sum());
        }
    }

    /// <summary>Documents indexed.</summary>
    public int Count => Lengths.Count;

    /// <summary>Terms of each document, repeats counted.</summary>
    protected List<int> Lengths { get; } = [];

    /// <summary>Each term's documents, with its count in them.</summary>
    protected Dictionary<string, List<(int Document, int Count)>> Postings { get; } = new(StringComparer.Ordinal);

    /// <summary>False for a document without any word: it can't match anything, and is set apart rather than scored 0.</summary>
    public bool HasTerms(int document) => Lengths[document] > 0;

    /// <summary>Scores of every document for a query text, in the order in which they were indexed.</summary>
    public abstract float[] Score(string query);
}

/// <summary>Splits text into terms: runs of letters and digits, lower-cased.</summary>
internal static class Terms
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
    public static Dictionary<string, int> Counts(string text) => Of(text).CountBy(term => term).ToDictionary();
}
