using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Indexing;
using Tda.Scoring.Projection;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;
using Tda.Scoring.Tokens;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods;

/// <summary>
/// LoGra: queries are projected and preconditioned once, documents are read from the index, and a score is one entry of a
/// streamed matrix product. Token scores recompute gradients, with the solution lifted back to the full space.
/// </summary>
public sealed class LograMethod : IAttributionMethod
{
    private readonly ScoringSession session;
    private readonly Projector projector;
    private readonly LograIndex index;
    private readonly GradientScorer scorer;
    private readonly LograSolver solver;

    private LograMethod(ScoringSession session, Projector projector, LograIndex index, GradientScorer scorer, LograSolver solver, long rows)
    {
        (this.session, this.projector, this.index, this.scorer, this.solver) = (session, projector, index, scorer, solver);
        N = rows;
    }

    /// <inheritdoc/>
    public string Name => "logra";

    /// <inheritdoc/>
    public long N { get; }

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => solver.Damping;

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => Normalisation.None;

    /// <summary>Opens the session's index.</summary>
    public static LograMethod Open(ScoringSession session, MethodOptions options)
    {
        var model = session.Capture.Model;
        var index = session.Index.Gradients();
        var projector = session.Index.Projector(model.DType, model.Device);
        using var curvature = session.Index.Curvature(projector);
        var solver = curvature.Solver(new Damping(options.DampingFactor));
        return new LograMethod(session, projector, index, GradientScorer.Of(session, solver, options), solver, curvature.Rows);
    }

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        var scores = new ScoreMatrix(queries.Targets.Count, session.Rows.DocumentCount);
        var self = normalisation == Normalisation.None ? null : new double[session.Rows.DocumentCount];
        using var scope = NewDisposeScope();

        // 1. Projected mean gradients of the targets, and (C + λI)⁻¹ of them: float64 (targets, D).
        var projected = ProjectedQueries.Compute(
            session.Capture, projector, scorer.Encode(queries.Queries, progress), queries.Targets, excluded, cancellation);
        var solved = solver.Solve(projected).to_type(ScalarType.Float32).transpose(0, 1).contiguous();
        var targetSelf = normalisation == Normalisation.Cosine ? solver.SelfInfluence(projected).data<double>().ToArray() : null;

        // 2. One product a shard; the rows of a document add up.
        using (var task = progress.Start("Scores", session.Index.Info.Documents, "documents"))
        {
            double done = 0;
            index.ForEachShard((rows, gradients) =>
            {
                var products = gradients.matmul(solved).contiguous().data<float>().ToArray();
                for (var r = 0; r < rows.Count; r++)
                {
                    for (var t = 0; t < scores.Targets; t++) scores[t, rows[r].Document] += products[r * scores.Targets + t];
                }
                if (self is not null) AddSelfInfluence(rows, gradients, self);
                task.Report(done += rows.Select(r => r.Document).Distinct().Count());
            }, cancellation);
        }

        // 3. Documents that the index set apart.
        var ordinals = Enumerable.Range(0, session.Rows.DocumentCount).ToDictionary(session.Rows.IdOf);
        foreach (var document in index.Excluded())
        {
            scores.Exclude(ordinals[document.Id]);
            excluded(document);
        }
        Normaliser.Apply(scores, normalisation, self, targetSelf);
        return scores;
    }

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        scorer.ScoreTokens(queries, rows, definition, visit, excluded, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        scorer.Dispose();
        projector.Dispose();
    }

    // Quadratic, so a document's rows are summed first; the writer keeps them in one shard.
    private void AddSelfInfluence(IReadOnlyList<IndexRow> rows, Tensor gradients, double[] self)
    {
        using var scope = NewDisposeScope();
        var documents = rows.Select(r => r.Document).Distinct().ToArray();
        var slots = documents.Select((d, i) => (d, i)).ToDictionary(x => x.d, x => (long)x.i);
        var slotOfRow = tensor(rows.Select(r => slots[r.Document]).ToArray(), [rows.Count], dtype: ScalarType.Int64);
        var sums = zeros([documents.Length, gradients.shape[1]], dtype: ScalarType.Float64).index_add_(
            0, slotOfRow, gradients.to_type(ScalarType.Float64), 1);
        var values = solver.SelfInfluence(sums).data<double>().ToArray();
        for (var i = 0; i < documents.Length; i++) self[documents[i]] = values[i];
    }
}
