using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;

namespace Tda.Scoring.Methods.Lexical;

/// <summary>
/// BM25 and an influence method fused by <see cref="RankFusion"/>: words find what is about the same thing, gradients what taught it.
/// The score is a rank in disguise: all positive, no unit. Normalisation is the influence method's. Owns both.
/// </summary>
public sealed class FusedInfluence(IInfluence lexical, IInfluence influence, double k) : IInfluence
{
    /// <summary>Its name.</summary>
    public const string MethodName = "fused";

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
        var ranked = new bool[documents.DocumentCount];
        for (var r = 0; r < documents.RowCount; r++)
        {
            ranked[documents.DocumentOf(r)] = true;
        }

        for (var d = 0; d < ranked.Length; d++)
        {
            if (!ranked[d])
            {
                words.Exclude(d);
            }
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
