namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// BM25 and an influence method fused by <see cref="RankFusion"/>: words find what is about the same thing, gradients what taught it.
/// The score is a rank in disguise: all positive, no unit. Normalisation is the influence method's. Owns both.
/// </summary>
public sealed class FusedInfluence(IInfluence lexical, IInfluence influence, double k) : IInfluence
{
    /// <summary>Its name.</summary>
    public const string MethodName = "fused";

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = MethodName,
        Family = MethodFamily.Lexical,
        Summary = "reciprocal-rank fusion of BM25 and an influence method (--fuse-with)",
        Needs = MethodNeeds.Text,
        HasUnit = false,
        Inner = options => options.Fusion.Method,
        Create = setup =>
        {
            // The inner method first: what it lacks is named before anything is indexed.
            var influence = AttributionMethods.Create(setup.Options.Fusion.Method, setup);
            return new FusedInfluence(Bm25.Influence(setup), influence, setup.Options.Fusion.K);
        },
    };

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public long N => influence.N;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => influence.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => influence.DefaultNormalisation;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var words = lexical.Score(documents, queries, targets, Normalisation.None, excluded, progress, cancellation);
        var gradients = influence.Score(documents, queries, targets, normalisation, excluded, progress, cancellation);

        // What isn't among the rows was not to be ranked: it must take no rank.
        var ranked = Enumerable.Range(0, documents.RowCount).Select(documents.DocumentOf);
        foreach (var d in Enumerable.Range(0, documents.DocumentCount).Except(ranked))
        {
            words.Exclude(d);
        }

        for (var t = 0; t < targets.Count; t++)
        {
            RankFusion.Fuse([words.Row(t).ToArray(), gradients.Row(t).ToArray()], k).CopyTo(words.Row(t));
        }

        return words;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lexical.Dispose();
        influence.Dispose();
    }
}

/// <summary>What <c>fused</c> fuses with BM25, and how.</summary>
public sealed record FusionOptions
{
    /// <summary>Name of the influence method fused with BM25, any but <c>fused</c>. Default <c>ekfac</c>.</summary>
    public string Method { get; init; } = "ekfac";

    /// <summary>k of reciprocal-rank fusion, above 0. Default 60, as published; a smaller one trusts the first ranks more.</summary>
    public double K { get; init; } = 60;

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Above("the fusion's k", K, 0)
        .With(Method.Length == 0 || Method == FusedInfluence.MethodName ? [$"the method to fuse is '{Method}'; name another one"] : []).Errors;
}

/// <summary>Reciprocal-rank fusion (Cormack, Clarke and Büttcher 2009): <c>Σ_i 1 / (k + rank_i(d))</c> over rankings i.</summary>
public static class RankFusion
{
    /// <summary>
    /// The fused score of every document. A rank is from 1 by the <em>signed</em> score, strongest proponent first, so that an opponent
    /// comes last however strong it is; ties share their mean rank. A document that is NaN in one of the rankings is NaN.
    /// </summary>
    /// <param name="rankings">Scores of the same documents, one array a ranking.</param>
    /// <param name="k">Damps the first ranks; above 0.</param>
    public static float[] Fuse(IReadOnlyList<float[]> rankings, double k)
    {
        double[] fused = [.. Enumerable.Range(0, rankings[0].Length).Select(d => rankings.Any(r => float.IsNaN(r[d])) ? double.NaN : 0)];
        var present = Enumerable.Range(0, fused.Length).Where(d => fused[d] == 0).ToArray();
        foreach (var ranking in rankings)
        {
            // Ascending ranks of the negated scores are descending ranks, ties at their mean.
            var ranks = Correlation.Ranks([.. present.Select(d => -(double)ranking[d])]);
            for (var i = 0; i < present.Length; i++)
            {
                fused[present[i]] += 1 / (k + ranks[i]);
            }
        }
        return [.. fused.Select(f => (float)f)];
    }
}
