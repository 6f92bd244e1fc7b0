namespace Tda.Scoring.Tests.Reference;

/// <summary>N-grams as one writes them down: every count a search through all documents, every probability a recursion.</summary>
internal sealed class NaiveNgrams(int order, IReadOnlyList<double> strengths, IReadOnlyList<int[]> all)
{
    // One more for what is in no document; the first token is BOS, which follows nothing.
    private readonly int _vocabulary = all.SelectMany(document => document[1..]).Distinct().Count() + 1;

    public NaiveNgrams(int order, double strength, IReadOnlyList<int[]> all)
        : this(order, [strength], all)
    {
    }

    /// <summary>Σ ln p(token | tokens before it) over the tokens of a query from one on, by the counts of some documents.</summary>
    public double LogProbability(IReadOnlyList<int[]> documents, int[] query, int first) =>
        Enumerable.Range(first, query.Length - first).Sum(at => Math.Log(Probability(documents, query[Math.Max(0, at - order + 1)..at], query[at])));

    private double Probability(IReadOnlyList<int[]> documents, int[] context, int token)
    {
        var shorter = context.Length == 0 ? 1.0 / _vocabulary : Probability(documents, context[1..], token);
        var strength = strengths[Math.Min(context.Length, strengths.Count - 1)];
        return (documents.Sum(d => Occurrences(d, [.. context, token])) + (strength * shorter)) / (documents.Sum(d => Followed(d, context)) + strength);
    }

    private static int Occurrences(int[] document, int[] ngram) =>
        Enumerable.Range(0, Math.Max(0, document.Length - ngram.Length + 1))
            .Count(at => at + ngram.Length - 1 > 0 && document.AsSpan(at, ngram.Length).SequenceEqual(ngram));

    private static int Followed(int[] document, int[] context) =>
        context.Length == 0 ? document.Length - 1
            : Enumerable.Range(0, Math.Max(0, document.Length - context.Length)).Count(at => document.AsSpan(at, context.Length).SequenceEqual(context));
}
