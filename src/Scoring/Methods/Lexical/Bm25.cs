namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// BM25 over an inverted index: <c>Σ_t (k1+1)·e/(k1+e) · log((C − n + .5)/(n + .5) + 1)</c> over the query's terms t,
/// with e the count of t in the document, C the number of documents and n the number that contain t.
/// The score is a lexical baseline: it has no sign and no unit.
/// </summary>
internal sealed class Bm25(IEnumerable<string> documents, Bm25Options options) : TextIndex(documents)
{
    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "bm25",
        Family = MethodFamily.Lexical,
        Summary = "BM25 of the answer's words",
        Needs = MethodNeeds.Text,
        UsesModel = false,
        Create = Influence,
    };

    public override float[] Score(string query)
    {
        var scores = new double[Count];
        var mean = Count == 0 ? 0 : Lengths.Average();
        foreach (var (term, times) in Terms.Counts(query))
        {
            if (!Postings.TryGetValue(term, out var list))
            {
                continue;
            }

            var rarity = Math.Log((Count - list.Count + 0.5) / (list.Count + 0.5) + 1);
            foreach (var (document, count) in list)
            {
                var e = count / (1 - options.B + options.B * Lengths[document] / mean);
                scores[document] += times * (options.K1 + 1) * e / (options.K1 + e) * rarity;
            }
        }
        return [.. scores.Select(s => (float)s)];
    }

    /// <summary>BM25 of a context's texts as a method.</summary>
    internal static LexicalInfluence Influence(MethodSetup setup) =>
        new("bm25", new Bm25(setup.Context.Texts, setup.Options.Bm25), setup.Context.QueryTexts!);
}

/// <summary>BM25's constants.</summary>
public sealed record Bm25Options
{
    /// <summary>Saturation of repeated terms. At least 0; default 1.5.</summary>
    public double K1 { get; init; } = 1.5;

    /// <summary>Length normalisation, 0 (none; default) to 1: e is divided by 1 − b + b·length/mean length.</summary>
    public double B { get; init; }

    internal IEnumerable<string> Errors() => new OptionChecks()
        .AtLeast("k1", K1, 0)
        .Between("b", B, 0, 1).Errors;
}
