namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// Cosine of TF-IDF vectors: a term's weight is <c>(1 + ln e) · (ln((1 + C)/(1 + n)) + 1)</c>, e its count in the text, C the number of
/// documents and n the number that contain it (Salton and Buckley 1988, with the smoothing that keeps a term of every document above
/// 0). Terms that no document has are left out of the query's norm, since they would scale all scores alike. From 0 to 1.
/// </summary>
internal sealed class TfIdf : TextIndex
{
    private readonly double[] _norms;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "tfidf",
        Family = MethodFamily.Lexical,
        Summary = "cosine of TF-IDF vectors",
        Needs = MethodNeeds.Text,
        UsesModel = false,
        Create = setup => new LexicalInfluence("tfidf", new TfIdf(setup.Context.Texts), setup.Context.QueryTexts!),
    };

    /// <summary>Indexes documents, in order.</summary>
    public TfIdf(IEnumerable<string> documents)
        : base(documents)
    {
        var squares = new double[Count];
        foreach (var list in Postings.Values)
        {
            foreach (var (document, count) in list)
            {
                squares[document] += Math.Pow(Weight(count) * Rarity(list), 2);
            }
        }
        _norms = Array.ConvertAll(squares, Math.Sqrt);
    }

    public override float[] Score(string query)
    {
        var scores = new double[Count];
        double norm = 0;
        foreach (var (term, count) in Terms.Counts(query))
        {
            if (!Postings.TryGetValue(term, out var list))
            {
                continue;
            }

            var rarity = Rarity(list);
            var own = Weight(count) * rarity;
            norm += own * own;
            foreach (var (document, times) in list)
            {
                scores[document] += own * Weight(times) * rarity;
            }
        }
        return [.. scores.Select((s, d) => s == 0 ? 0f : (float)(s / (Math.Sqrt(norm) * _norms[d])))];
    }

    private static double Weight(int count) => 1 + Math.Log(count);

    private double Rarity(List<(int Document, int Count)> list) => Math.Log((1.0 + Count) / (1 + list.Count)) + 1;
}
