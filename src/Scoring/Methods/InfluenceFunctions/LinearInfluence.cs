using Tda.Scoring.Attribution;

namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>
/// Methods that are linear in the document's gradient: <c>score(m, q) = ⟨P ∇loss(q), ∇loss(m)⟩</c>, P a preconditioner such as
/// <c>(G + λI)⁻¹</c>. Owns the preconditioner.
/// </summary>
public sealed class LinearInfluence(
    string name, GradientCapture capture, long n, IPreconditioner preconditioner, MethodOptions options,
    Normalisation defaultNormalisation = Normalisation.None) : ITokenInfluence
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => preconditioner.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => defaultNormalisation;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation) =>
        Run(documents, queries, targets, normalisation, null, excluded, progress, cancellation);

    /// <summary>
    /// Scores by layer, not normalised: a score is a sum over layers, and these are its terms. One pass over the documents.
    /// </summary>
    public LayerScores ScoreLayers(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        var layers = new LayerScores(targets.Count, preconditioner.Modules.Count, documents.DocumentCount);
        Run(documents, queries, targets, Normalisation.None, layers, excluded, progress, cancellation);
        return layers;
    }

    /// <inheritdoc/>
    public void ScoreTokens(
        IRowSource rows, IRowSource queries, IReadOnlyList<Target> targets, TokenDefinition definition, Action<RowTokenScores> visit,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        using var gradients = QueryGradients.Compute(capture, queries, targets, excluded, cancellation);
        using var directions = preconditioner.Apply(gradients);
        using var task = progress.Start("Token scores", rows.RowCount, "rows");
        var apart = new SortedSet<int>();
        new TokenScorer(capture, definition).ForEach(rows, directions, visit, d => apart.Add(d), done => task.Report(done), cancellation);
        foreach (var d in apart)
        {
            excluded(new ExcludedDocument(rows.IdOf(d), "tokens", ExcludedDocument.NotFinite));
        }
    }

    private ScoreMatrix Run(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation, LayerScores? layers,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var targetSelf = new List<double>();
        var scorer = new DocumentScorer(capture);
        IReadOnlyList<double>? documentSelf = null;
        using var lowRank = options.QueryRank > 0 ? new LowRankDirections(preconditioner.Modules, options.QueryRank) : null;

        // Targets in groups whose gradients fit in memory; low-rank factors of all groups fit together and need one pass over the documents.
        foreach (var (first, group) in QueryGradients.Groups(targets, options, preconditioner.Modules))
        {
            using var gradients = QueryGradients.Compute(capture, queries, group, excluded, cancellation);
            if (normalisation == Normalisation.Cosine)
            {
                targetSelf.AddRange(SelfInfluence(gradients));
            }

            using var directions = new FullDirections(preconditioner.Apply(gradients));
            if (lowRank is not null)
            {
                lowRank.Append(directions.Matrices);
            }
            else
            {
                Pass(directions, first);
            }
        }
        if (lowRank is not null)
        {
            Pass(lowRank, 0);
        }

        scores.NameExcluded(documents, excluded, ExcludedDocument.NotFinite);
        Normaliser.Apply(scores, normalisation, documentSelf, targetSelf);
        return scores;

        void Pass(IDirections directions, int firstTarget)
        {
            using var task = progress.Start("Scores", documents.RowCount, "rows");
            var self = normalisation == Normalisation.None || documentSelf is not null ? null : preconditioner;
            var part = scorer.Score(
                documents, directions, self, rows => task.Report(rows), cancellation,
                layers is null ? null : (q, m, document, value) => layers.Row(firstTarget + q, m)[document] += value);
            documentSelf ??= scorer.SelfInfluence;
            scores.Set(part, firstTarget);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => preconditioner.Dispose();

    private double[] SelfInfluence(ModuleGradients gradients)
    {
        var sum = new double[gradients.Count];
        for (var m = 0; m < gradients.Modules.Count; m++)
        {
            using var self = preconditioner.SelfInfluence(m, gradients.Tensors[m]);
            var values = self.to_type(ScalarType.Float64).cpu().data<double>().ToArray();
            for (var t = 0; t < sum.Length; t++)
            {
                sum[t] += values[t];
            }
        }
        return sum;
    }
}
