using Tda.Core.Errors;
using Tda.Core.Progress;
using Tda.Scoring.Capture;
using Tda.Scoring.Indexing;
using Tda.Scoring.Methods;
using Tda.Scoring.Queries;
using static TorchSharp.torch;

namespace Tda.Scoring.Lexical;

/// <summary>
/// Representation similarity, a baseline: the cosine of mean hidden states. A document's is the mean over all its positions, a query's
/// over the positions that predict its completion. Of a language model the state is what the last block's MLP reads (the residual
/// stream, normed); of another model it is the last layer's input. A target's score is the mean of its queries'. No unit.
/// </summary>
public sealed class HiddenStateInfluence(GradientCapture capture, long n) : IInfluence
{
    private const string NotFinite = "its hidden state is not finite or zero";
    private readonly int layer = Layer(capture.Model);

    /// <inheritdoc/>
    public string Name => "hidden-cos";

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping => [];

    /// <inheritdoc/>
    public Normalisation DefaultNormalisation => Normalisation.None;

    /// <inheritdoc/>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        if (normalisation != Normalisation.None)
            throw new UsageException($"Method {Name} has no self-influence to normalise by. Use --normalisation none.");
        var states = Directions(queries, completionOnly: true, progress, cancellation);
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        var ranked = Directions(documents, completionOnly: false, progress, cancellation);
        foreach (var q in targets.SelectMany(t => t.Members).Distinct().Where(q => states[q] is null))
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite));
        foreach (var (d, document) in ranked)
        {
            if (document is null)
            {
                scores.Exclude(d);
                excluded(new ExcludedDocument(documents.IdOf(d), "scores", NotFinite));
                continue;
            }
            for (var t = 0; t < targets.Count; t++)
                scores[t, d] = (float)targets[t].Members.Select(q => states[q]).OfType<double[]>().Select(s => Dot(s, document)).DefaultIfEmpty(0).Average();
        }
        return scores;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Unit vectors by document; null where there is none.</summary>
    private Dictionary<int, double[]?> Directions(IRowSource rows, bool completionOnly, IProgressSink progress, CancellationToken cancellation)
    {
        var sums = new Dictionary<int, double[]?>();
        using var task = progress.Start("Hidden states", rows.RowCount, "rows");
        capture.ForEachBatch(
            rows,
            (batch, _) =>
            {
                using var none = no_grad();
                var padded = PaddedBatch.Build(batch, capture.Model);
                using var forward = capture.Model.Forward(padded.Ids);
                // Padding and, of a query, the prompt are left out by the mask: a sum, since the cosine drops the length.
                var mask = (completionOnly ? padded.LossMask : padded.Real).unsqueeze(-1);
                var width = capture.Model.Modules[layer].Inputs;
                var values = forward.Inputs[layer].detach().mul(mask).sum([1L]).to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
                for (var b = 0; b < batch.Count; b++)
                {
                    if (!sums.TryGetValue(batch[b].Document, out var sum) || sum is null) sums[batch[b].Document] = sum = new double[width];
                    for (var i = 0; i < width; i++) sum[i] += values[b * width + i];
                }
            },
            done => task.Report(done), cancellation);
        foreach (var document in sums.Keys)
        {
            var norm = Math.Sqrt(Dot(sums[document]!, sums[document]!));
            sums[document] = norm > 0 && double.IsFinite(norm) ? Array.ConvertAll(sums[document]!, x => x / norm) : null;
        }
        return sums;
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static int Layer(ICaptureModel model) => model is not LanguageModelCapture
        ? model.Modules.Count - 1
        : Enumerable.Range(0, model.Modules.Count).Last(m => model.Modules[m].Inputs == model.Modules[0].Inputs);
}
