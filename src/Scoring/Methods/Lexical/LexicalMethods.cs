namespace Tda.Scoring.Methods.Lexical;

/// <summary>Baselines by words, and what is fused with them.</summary>
internal static class LexicalMethods
{
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        new("bm25", MethodNeeds.Text, "BM25 of the answer's words", (context, options, _, _) => Bm25(context, options)),
        new("tfidf", MethodNeeds.Text, "cosine of TF-IDF vectors", (context, _, _, _) =>
            new LexicalInfluence("tfidf", new TfIdf(Texts(context)), context.QueryTexts!)),
        new(FusedInfluence.MethodName, MethodNeeds.Text, "reciprocal-rank fusion of BM25 and an influence method (--fuse-with)", Fused),
    ];

    /// <summary>Methods that look at words alone: no surrogate stands behind them, so none can be unfaithful.</summary>
    public static bool IgnoresTheModel(string name) => name is "bm25" or "tfidf";

    private static LexicalInfluence Bm25(InfluenceContext context, MethodOptions options) =>
        new("bm25", new Bm25(Texts(context), options.Bm25), context.QueryTexts!);

    // The inner method first: what it lacks is named before anything is indexed.
    private static FusedInfluence Fused(InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        var influence = InfluenceMethods.Create(options.Fusion.Method, context, options, progress, cancellation);
        return new FusedInfluence(Bm25(context, options), influence, options.Fusion.K);
    }

    private static IEnumerable<string> Texts(InfluenceContext context) =>
        Enumerable.Range(0, context.Documents.DocumentCount).Select(context.DocumentText!);
}
