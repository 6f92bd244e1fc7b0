using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Indexing;
using Tda.Scoring.Queries;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods;

/// <summary>
/// Methods that are linear in the document's gradient: <c>score(m, q) = ⟨P ∇loss(q), ∇loss(m)⟩</c>, P a preconditioner such as
/// <c>(G + λI)⁻¹</c>. Owns the preconditioner.
/// </summary>
public sealed class LinearInfluence(
    string name, GradientCapture capture, long n, IPreconditioner preconditioner, MethodOptions options,
    Normalisation defaultNormalisation = Normalisation.None) : IInfluence
{
    private const string NotFinite = "its gradient is not finite";

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
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var targetSelf = new List<double>();
        IReadOnlyList<double>? documentSelf = null;
        var done = 0;
        foreach (var group in targets.Chunk(GroupSize()))
        {
            using var gradients = Gradients(queries, group, excluded, cancellation);
            if (normalisation == Normalisation.Cosine) targetSelf.AddRange(SelfInfluence(gradients));
            using var directions = new FullDirections(preconditioner.Apply(gradients));
            using var task = progress.Start("Scores", documents.RowCount, "rows");
            var scorer = new DocumentScorer(capture);
            var self = normalisation == Normalisation.None || documentSelf is not null ? null : preconditioner;
            var part = scorer.Score(documents, directions, self, rows => task.Report(rows), cancellation);
            documentSelf ??= scorer.SelfInfluence;
            for (var t = 0; t < group.Length; t++) part.Row(t).CopyTo(scores.Row(done + t));
            done += group.Length;
        }
        for (var d = 0; d < scores.Documents; d++)
        {
            if (float.IsNaN(scores[0, d])) excluded(new ExcludedDocument(documents.IdOf(d), "scores", NotFinite));
        }
        Normaliser.Apply(scores, normalisation, documentSelf, targetSelf);
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose() => preconditioner.Dispose();

    private ModuleGradients Gradients(
        IRowSource queries, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded, CancellationToken cancellation)
    {
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        return QueryGradients.Compute(
            capture, new RowFilter(queries, wanted.Contains), targets,
            q => excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite)), cancellation);
    }

    private int GroupSize() => (int)Math.Clamp(options.QueryElements / preconditioner.Modules.Sum(m => m.Elements), 1, int.MaxValue);

    private double[] SelfInfluence(ModuleGradients gradients)
    {
        var sum = new double[gradients.Count];
        for (var m = 0; m < gradients.Modules.Count; m++)
        {
            using var self = preconditioner.SelfInfluence(m, gradients.Tensors[m]);
            var values = self.to_type(ScalarType.Float64).cpu().data<double>().ToArray();
            for (var t = 0; t < sum.Length; t++) sum[t] += values[t];
        }
        return sum;
    }
}
