namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// BM25 over an inverted index: <c>Σ_t (k1+1)·e/(k1+e) · log((C − n + .5)/(n + .5) + 1)</c> over the query's terms t,
/// with e the count of t in the document, C the number of documents and n the number that contain t.
/// The score is a lexical baseline: it has no sign and no unit.
/// </summary>
public sealed class Bm25 : ITextIndex
{
    private readonly Dictionary<string, List<(int Document, int Count)>> _postings = new(StringComparer.Ordinal);
    private readonly List<int> _lengths = [];
    private readonly Bm25Options _options;

    /// <summary>Indexes documents, in order.</summary>
    public Bm25(IEnumerable<string> documents, Bm25Options? options = null)
    {
        _options = options ?? new Bm25Options();
        _options.Validate();
        foreach (var text in documents)
        {
            Add(text);
        }
    }

    /// <inheritdoc/>
    public int Count => _lengths.Count;

    /// <inheritdoc/>
    public bool HasTerms(int document) => _lengths[document] > 0;

    /// <inheritdoc/>
    public float[] Score(string query)
    {
        var scores = new double[Count];
        var mean = Count == 0 ? 0 : _lengths.Average();
        foreach (var group in Terms.Of(query).GroupBy(t => t, StringComparer.Ordinal))
        {
            if (!_postings.TryGetValue(group.Key, out var list))
            {
                continue;
            }

            var rarity = Math.Log((Count - list.Count + 0.5) / (list.Count + 0.5) + 1);
            foreach (var (document, count) in list)
            {
                var e = count / (1 - _options.B + _options.B * _lengths[document] / mean);
                scores[document] += group.Count() * (_options.K1 + 1) * e / (_options.K1 + e) * rarity;
            }
        }
        return [.. scores.Select(s => (float)s)];
    }

    private void Add(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var term in Terms.Of(text))
        {
            counts[term] = counts.GetValueOrDefault(term) + 1;
        }

        foreach (var (term, count) in counts)
        {
            if (!_postings.TryGetValue(term, out var list))
            {
                _postings[term] = list = [];
            }

            list.Add((_lengths.Count, count));
        }
        _lengths.Add(counts.Values.Sum());
    }
}
