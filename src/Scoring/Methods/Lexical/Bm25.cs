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

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "bm25",
        Family = MethodFamily.Lexical,
        Summary = "BM25 of the answer's words",
        Needs = MethodNeeds.Text,
        UsesModel = false,
        Create = (context, options, _, _) => Influence(context, options),
    };

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

    /// <summary>BM25 of a context's texts as a method.</summary>
    internal static LexicalInfluence Influence(InfluenceContext context, MethodOptions options) =>
        new("bm25", new Bm25(context.Texts, options.Bm25), context.QueryTexts!);

    private void Add(string text)
    {
        var counts = Terms.Counts(text);
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

/// <summary>BM25's constants.</summary>
public sealed record Bm25Options
{
    /// <summary>Saturation of repeated terms. At least 0; default 1.5.</summary>
    public double K1 { get; init; } = 1.5;

    /// <summary>Length normalisation, 0 (none; default) to 1: e is divided by 1 − b + b·length/mean length.</summary>
    public double B { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names all that are out of range.</exception>
    public void Validate()
    {
        if (Errors().ToArray() is { Length: > 0 } errors)
        {
            throw new ArgumentOutOfRangeException(nameof(Bm25Options), string.Join("; ", errors));
        }
    }

    internal IEnumerable<string> Errors() => new OptionChecks()
        .AtLeast("k1", K1, 0)
        .Between("b", B, 0, 1).Errors;
}
