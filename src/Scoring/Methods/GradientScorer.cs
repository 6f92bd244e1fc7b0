using Tda.Core.Progress;
using Tda.Core.Queries;
using Tda.Scoring.Capture;
using Tda.Scoring.Curvature;
using Tda.Scoring.Indexing;
using Tda.Scoring.Queries;
using Tda.Scoring.Sessions;
using Tda.Scoring.Tokens;

namespace Tda.Scoring.Methods;

/// <summary>
/// What all methods share that are linear in the document's gradient: queries become directions <c>V = P(∇loss(q))</c>, and a
/// document's or token's score is the inner product of its gradient with V. Owns the preconditioner.
/// </summary>
public sealed class GradientScorer(
    GradientCapture capture, IRowSource documents, QueryEncoder encoder, IPreconditioner preconditioner,
    MethodOptions options) : IDisposable
{
    private const string NotFinite = "its gradient is not finite";

    /// <summary>The preconditioner.</summary>
    public IPreconditioner Preconditioner => preconditioner;

    /// <summary>A scorer of a session's documents.</summary>
    public static GradientScorer Of(ScoringSession session, IPreconditioner preconditioner, MethodOptions options) => new(
        session.Capture, session.Rows, new QueryEncoder(session.Surrogate.Tokenizer, session.Capture.Model.MaxPositions, options.IncludeEnd), preconditioner, options);

    /// <summary>Scores of all documents.</summary>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        var encoded = Encode(queries.Queries, progress);
        var scores = new ScoreMatrix(queries.Targets.Count, documents.DocumentCount);
        var targetSelf = new List<double>();
        var scorer = new DocumentScorer(capture);
        IReadOnlyList<double>? documentSelf = null;
        var done = 0;
        using var lowRank = options.QueryRank > 0 ? new LowRankDirections(preconditioner.Modules, options.QueryRank) : null;

        // Targets in groups whose gradients fit in memory; low-rank factors of all groups fit together and need one pass over the corpus.
        foreach (var group in queries.Targets.Chunk(GroupSize()))
        {
            using var gradients = Gradients(encoded, group, excluded, cancellation);
            if (normalisation == Normalisation.Cosine) targetSelf.AddRange(SelfInfluence(gradients));
            using var directions = new FullDirections(preconditioner.Apply(gradients));
            if (lowRank is not null) lowRank.Append(directions.Matrices);
            else Pass(directions, done);
            done += group.Length;
        }
        if (lowRank is not null) Pass(lowRank, 0);

        Name(scores, excluded);
        Normaliser.Apply(scores, normalisation, documentSelf, targetSelf);
        return scores;

        void Pass(IDirections directions, int firstTarget)
        {
            using var task = progress.Start("Scores", documents.RowCount, "rows");
            var self = normalisation == Normalisation.None || documentSelf is not null ? null : preconditioner;
            var part = scorer.Score(documents, directions, self, rowsDone => task.Report(rowsDone), cancellation);
            documentSelf ??= scorer.SelfInfluence;
            for (var t = 0; t < directions.Count; t++) part.Row(t).CopyTo(scores.Row(firstTarget + t));
        }
    }

    /// <summary>Scores of the tokens of some rows.</summary>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation)
    {
        using var gradients = Gradients(Encode(queries.Queries, progress), queries.Targets, excluded, cancellation);
        using var directions = preconditioner.Apply(gradients);
        using var task = progress.Start("Token scores", rows.RowCount, "rows");
        var apart = new SortedSet<int>();
        new TokenScorer(capture, definition).ForEach(
            rows, directions, visit, d => apart.Add(d), rowsDone => task.Report(rowsDone), cancellation);
        foreach (var d in apart) excluded(new ExcludedDocument(rows.IdOf(d), "tokens", NotFinite));
    }

    /// <summary>Gradients of targets, means over their queries.</summary>
    public ModuleGradients Gradients(
        IReadOnlyList<EncodedQuery> encoded, IReadOnlyList<Target> targets, Action<ExcludedDocument> excluded,
        CancellationToken cancellation)
    {
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        var rows = new RowFilter(new MemoryRows([.. encoded.Select(e => e.Query.Id)], [.. encoded.Select(e => e.Row)]), wanted.Contains);
        return QueryGradients.Compute(
            capture, rows, targets, q => excluded(new ExcludedDocument(encoded[q].Query.Id, "query", NotFinite)), cancellation);
    }

    /// <summary>Queries as rows; says what the context cut.</summary>
    public IReadOnlyList<EncodedQuery> Encode(IReadOnlyList<Query> queries, IProgressSink progress)
    {
        var encoded = encoder.Encode(queries);
        var cut = encoded.Count(e => e.DroppedPromptTokens > 0 || e.DroppedCompletionTokens > 0);
        if (cut > 0)
            progress.Message($"{cut} of {encoded.Count} queries are longer than the surrogate's context: the beginning of the prompt, then the end of the completion, is left out.");
        return encoded;
    }

    /// <inheritdoc/>
    public void Dispose() => preconditioner.Dispose();

    private int GroupSize() => (int)Math.Clamp(options.QueryElements / preconditioner.Modules.Sum(m => m.Elements), 1, int.MaxValue);

    private double[] SelfInfluence(ModuleGradients gradients)
    {
        var sum = new double[gradients.Count];
        for (var m = 0; m < gradients.Modules.Count; m++)
        {
            using var self = preconditioner.SelfInfluence(m, gradients.Tensors[m]);
            var values = self.to_type(TorchSharp.torch.ScalarType.Float64).cpu().data<double>().ToArray();
            for (var t = 0; t < sum.Length; t++) sum[t] += values[t];
        }
        return sum;
    }

    private void Name(ScoreMatrix scores, Action<ExcludedDocument> excluded)
    {
        for (var d = 0; d < scores.Documents; d++)
        {
            if (float.IsNaN(scores[0, d])) excluded(new ExcludedDocument(documents.IdOf(d), "scores", NotFinite));
        }
    }
}
