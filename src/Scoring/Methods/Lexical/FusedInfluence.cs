namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// Several methods fused, by default BM25 and EK-FAC: words find what is about the same thing, gradients what taught it. By rank
/// (<see cref="RankFusion"/>) the score is a rank in disguise, all positive; by sum (<see cref="StandardisedSum"/>) how far a document stands out.
/// No unit. Owns its parts.
/// </summary>
/// <param name="parts">What is fused, each with whether normalisations are for it.</param>
/// <param name="options">How.</param>
public sealed class FusedInfluence(IReadOnlyList<(IInfluence Influence, bool UsesModel)> parts, FusionOptions options) : IInfluence
{
    /// <summary>Its name.</summary>
    public const string MethodName = "fused";

    // N, damping and default normalisation are those of the first part that has any.
    private readonly IInfluence _main = parts.FirstOrDefault(part => part.UsesModel, parts[0]).Influence;

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = MethodName,
        Family = MethodFamily.Lexical,
        Summary = "several methods fused, by default BM25 and EK-FAC (--fuse-with), by reciprocal rank or standardised sum (--fusion)",
        Needs = MethodNeeds.Text,
        HasUnit = false,
        Inner = options => options.Fusion.Parts,
        Create = setup =>
        {
            using var owned = new Owned();
            // Those with gradients first: what they lack is named before anything is indexed.
            var created = setup.Options.Fusion.Parts.Select(AttributionMethods.FindOnRows).OrderByDescending(part => part.UsesModel)
                .Select(part => (owned.Add(AttributionMethods.Create(part.Name, setup)), part.UsesModel)).ToArray();
            owned.Release();
            return new FusedInfluence(created, setup.Options.Fusion);
        },
    };

    /// <inheritdoc/>
    public string Name => MethodName;

    /// <inheritdoc/>
    public long N => _main.N;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => _main.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => _main.DefaultNormalisation;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        // Words have no self-influence; where nothing else is asked for, each part has its own default.
        var scores = parts.Select(part => part.Influence.Score(
            documents, queries, targets,
            !part.UsesModel || normalisation == DefaultNormalisation ? part.Influence.DefaultNormalisation : normalisation,
            excluded, progress, cancellation)).ToArray();

        // What isn't among the rows was not to be ranked: it must take no rank.
        var fused = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var ranked = Enumerable.Range(0, documents.RowCount).Select(documents.DocumentOf);
        foreach (var d in Enumerable.Range(0, documents.DocumentCount).Except(ranked))
        {
            scores[0].Exclude(d);
        }

        for (var t = 0; t < targets.Count; t++)
        {
            float[][] rankings = [.. scores.Select(part => part.Row(t).ToArray())];
            (options.Rule == FusionRule.Sum ? StandardisedSum.Fuse(rankings) : RankFusion.Fuse(rankings, options.K)).CopyTo(fused.Row(t));
        }

        return fused;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (influence, _) in parts)
        {
            influence.Dispose();
        }
    }
}

/// <summary>What <c>fused</c> fuses, and how.</summary>
public sealed record FusionOptions
{
    /// <summary>Names of the methods fused, two or more, any but <c>fused</c>. Default BM25 and EK-FAC.</summary>
    public IReadOnlyList<string> Parts { get; init; } = ["bm25", "ekfac"];

    /// <summary>By rank (default) or by sum.</summary>
    public FusionRule Rule { get; init; } = FusionRule.Rank;

    /// <summary>k of reciprocal-rank fusion, above 0. Default 60, as published; a smaller one trusts the first ranks more.</summary>
    public double K { get; init; } = 60;

    /// <summary>Reads a list of methods with commas between them; one alone is fused with BM25.</summary>
    public static IReadOnlyList<string> ReadParts(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        return parts.Length == 1 ? ["bm25", parts[0]] : parts;
    }

    internal IEnumerable<string> Errors() => new OptionChecks()
        .Above("the fusion's k", K, 0)
        .Require(
            Parts.Count >= 2 && Parts.Distinct(StringComparer.Ordinal).Count() == Parts.Count && !Parts.Contains(FusedInfluence.MethodName),
            $"the methods to fuse are '{string.Join(", ", Parts)}'; name two or more, none twice and none of them '{FusedInfluence.MethodName}'").Errors;
}

/// <summary>How <c>fused</c> makes one score of several.</summary>
public enum FusionRule
{
    /// <summary><see cref="RankFusion"/>.</summary>
    Rank,

    /// <summary><see cref="StandardisedSum"/>.</summary>
    Sum,
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
    public static float[] Fuse(IReadOnlyList<float[]> rankings, double k) =>
        // Ascending ranks of the negated scores are descending ranks, ties at their mean.
        PresentDocuments.Sum(rankings, ranking => [.. Correlation.Ranks([.. ranking.Select(score => -(double)score)]).Select(rank => 1 / (k + rank))]);
}

/// <summary>
/// Standardised scores summed: <c>Σ_i (s_i(d) − mean_i) / deviation_i</c> over methods i, mean and deviation over the documents
/// (<see cref="ScoreBackground"/>). Unlike ranks it keeps how far a document stands out, and opponents stay negative.
/// </summary>
public static class StandardisedSum
{
    /// <summary>
    /// The fused score of every document. A method whose scores are all alike adds nothing. A document that is NaN in one of the lists is NaN,
    /// and counts for no list's mean.
    /// </summary>
    /// <param name="scores">Scores of the same documents, one array a method.</param>
    public static float[] Fuse(IReadOnlyList<float[]> scores) => PresentDocuments.Sum(scores, own =>
    {
        var background = ScoreBackground.Of(own);
        return [.. own.Select(score => background.Z(score) ?? 0)];
    });
}

/// <summary>Documents that every list has a score of.</summary>
file static class PresentDocuments
{
    /// <summary>The sum over the lists of what each one's scores of the present documents become; NaN for the others.</summary>
    public static float[] Sum(IReadOnlyList<float[]> lists, Func<float[], double[]> become)
    {
        var present = Enumerable.Range(0, lists[0].Length).Where(d => !lists.Any(list => float.IsNaN(list[d]))).ToArray();
        var sums = new double[present.Length];
        foreach (var list in lists)
        {
            var values = become([.. present.Select(d => list[d])]);
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += values[i];
            }
        }

        var fused = new float[lists[0].Length];
        Array.Fill(fused, float.NaN);
        foreach (var (i, d) in present.Index())
        {
            fused[d] = (float)sums[i];
        }

        return fused;
    }
}
