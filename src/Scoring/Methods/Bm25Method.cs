using Tda.Core.Corpora;
using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Indexing;
using Tda.Scoring.Lexical;
using Tda.Scoring.Queries;
using Tda.Scoring.Tokens;

namespace Tda.Scoring.Methods;

/// <summary>BM25 of the completion's words: a lexical baseline. A target's score is the mean over its queries.</summary>
public sealed class Bm25Method(Corpus corpus, Bm25Options? options = null) : IAttributionMethod
{
    private readonly Bm25 index = new(corpus.Documents().Select(d => d.Text), options);

    /// <inheritdoc/>
    public string Name => "bm25";

    /// <inheritdoc/>
    public long N => index.Count;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => [];

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => Normalisation.None;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        QuerySet queries, Normalisation normalisation, Action<ExcludedDocument> excluded, IProgressSink progress,
        CancellationToken cancellation)
    {
        if (normalisation != Normalisation.None)
            throw new UsageException("BM25 has no self-influence to normalise by. Use --normalise none.");
        var scores = new ScoreMatrix(queries.Targets.Count, index.Count);
        for (var t = 0; t < queries.Targets.Count; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            var members = queries.Targets[t].Members;
            foreach (var q in members)
            {
                var own = index.Score(queries.Queries[q].Completion);
                for (var d = 0; d < own.Length; d++) scores[t, d] += own[d] / members.Count;
            }
        }
        return scores;
    }

    /// <inheritdoc/>
    public void ScoreTokens(
        QuerySet queries, IRowSource rows, TokenDefinition definition, Action<RowTokenScores> visit, Action<ExcludedDocument> excluded,
        IProgressSink progress, CancellationToken cancellation) =>
        throw new UsageException("BM25 has no token scores. Use a gradient method: ekfac, logra, grad-dot or grad-cos.");

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
