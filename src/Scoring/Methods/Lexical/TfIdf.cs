namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// Cosine of TF-IDF vectors: a term's weight is <c>(1 + ln e) · (ln((1 + C)/(1 + n)) + 1)</c>, e its count in the text, C the number of
/// documents and n the number that contain it (Salton and Buckley 1988, with the smoothing that keeps a term of every document above
/// 0). Terms that no document has are left out of the query's norm, since they would scale all scores alike. From 0 to 1.
/// </summary>
public sealed class TfIdf : ITextIndex
{
    private readonly Dictionary<string, List<(int Document, double Weight)>> _postings = new(StringComparer.Ordinal);
    private readonly double[] _norms;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "tfidf",
        Family = MethodFamily.Lexical,
        Summary = "cosine of TF-IDF vectors",
        Needs = MethodNeeds.Text,
        UsesModel = false,
        Create = (context, _, _, _) => new LexicalInfluence("tfidf", new TfIdf(context.Texts), context.QueryTexts!),
    };

    /// <summary>Indexes documents, in order.</summary>
    public TfIdf(IEnumerable<string> documents)
    {
        foreach (var text in documents)
        {
            foreach (var (term, count) in Terms.Counts(text))
            {
                if (!_postings.TryGetValue(term, out var list))
                {
                    _postings[term] = list = [];
                }

                list.Add((Count, 1 + Math.Log(count)));
            }
            Count++;
        }
        _norms = new double[Count];
        foreach (var list in _postings.Values)
        {
            foreach (var (document, weight) in list)
            {
                _norms[document] += Math.Pow(weight * Rarity(list), 2);
            }
        }
        for (var d = 0; d < _norms.Length; d++)
        {
            _norms[d] = Math.Sqrt(_norms[d]);
        }
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public bool HasTerms(int document) => _norms[document] > 0;

    /// <inheritdoc/>
    public float[] Score(string query)
    {
        var scores = new double[Count];
        double norm = 0;
        foreach (var (term, count) in Terms.Counts(query))
        {
            if (!_postings.TryGetValue(term, out var list))
            {
                continue;
            }

            var rarity = Rarity(list);
            var own = (1 + Math.Log(count)) * rarity;
            norm += own * own;
            foreach (var (document, weight) in list)
            {
                scores[document] += own * weight * rarity;
            }
        }
        return [.. scores.Select((s, d) => s == 0 ? 0f : (float)(s / (Math.Sqrt(norm) * _norms[d])))];
    }

    private double Rarity(List<(int Document, double Weight)> list) => Math.Log((1.0 + Count) / (1 + list.Count)) + 1;
}
