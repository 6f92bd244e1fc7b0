namespace Tda.Scoring.Methods.Losses;

/// <summary>
/// Cosine of mean hidden states: what the last block's last linear layer reads, averaged over the positions that carry loss (of a query: its
/// completion). A baseline by likeness: no sign, no unit. A target's state is the mean over its queries.
/// </summary>
/// <param name="capture">The model.</param>
/// <param name="n">Training rows.</param>
public sealed class HiddenCosine(GradientCapture capture, long n) : IInfluence
{
    private const string NotFinite = "its hidden states are not finite";

    /// <summary>Entry in <see cref="AttributionMethods"/>.</summary>
    public static AttributionMethod Method { get; } = new()
    {
        Name = "hidden-cosine",
        Family = MethodFamily.Losses,
        Summary = "cosine of mean hidden states",
        Create = setup => new HiddenCosine(setup.Context.Capture, setup.Context.Documents.RowCount),
    };

    /// <inheritdoc/>
    public string Name => "hidden-cosine";

    /// <inheritdoc/>
    public long N => n;

    /// <inheritdoc/>
    /// <exception cref="UsageException">Any normalisation but none: it is a cosine already.</exception>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(Name, normalisation, "is a cosine already");
        using var scope = NewDisposeScope();
        using var task = progress.Start("Hidden states", documents.RowCount, "rows");
        var wanted = targets.SelectMany(t => t.Members).ToHashSet();
        var ofQueries = States(new RowFilter(queries, wanted.Contains), null, cancellation);
        var ofDocuments = States(documents, rows => task.Report(rows), cancellation);
        foreach (var q in wanted.Order().Where(q => ofQueries[q] is null))
        {
            excluded(new ExcludedDocument(queries.IdOf(q), "query", NotFinite));
        }

        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        for (var t = 0; t < targets.Count; t++)
        {
            var members = targets[t].Members.Select(q => ofQueries[q]).OfType<double[]>().ToArray();
            if (members.Length == 0)
            {
                continue;
            }

            var mean = Enumerable.Range(0, members[0].Length).Select(i => members.Average(m => m[i])).ToArray();
            for (var d = 0; d < scores.Documents; d++)
            {
                if (ofDocuments[d] is { } state)
                {
                    scores[t, d] = (float)Cosine(mean, state);
                }
            }
        }
        scores.Exclude(d => ofDocuments[d] is null, documents, excluded, NotFinite);
        return scores;
    }

    // Null where a document has no row, no position with loss, or a state that isn't finite.
    private double[]?[] States(IRowSource rows, Action<double>? progress, CancellationToken cancellation)
    {
        // Of the last block, whether LM head and embedding are tracked or not.
        var last = capture.Model.Modules.Count(m => !m.IsVocabulary) - 1;
        var width = capture.Model.Modules[last].Inputs;
        var sums = new double[rows.DocumentCount][];
        var counts = new double[rows.DocumentCount];
        using var none = no_grad();
        capture.ForEachBatch(rows, (batch, _) =>
        {
            var padded = PaddedBatch.Build(batch, capture.Model);
            using var forward = capture.Model.Forward(padded.Ids);
            var states = forward.Inputs[last].detach().masked_fill(padded.LossMask.eq(0).unsqueeze(-1), 0)
                .to_type(ScalarType.Float64).sum([1L]);
            var values = states.cpu().contiguous().data<double>().ToArray();
            for (var b = 0; b < batch.Count; b++)
            {
                var sum = sums[batch[b].Document] ??= new double[width];
                for (var i = 0; i < width; i++)
                {
                    sum[i] += values[b * width + i];
                }

                counts[batch[b].Document] += batch[b].LossPositions;
            }
        }, progress, cancellation);
        return [.. sums.Select((sum, d) => sum is null || counts[d] == 0 || !Array.TrueForAll(sum, double.IsFinite)
            ? null
            : Array.ConvertAll(sum, x => x / counts[d]))];
    }

    private static double Cosine(double[] x, double[] y)
    {
        var (dot, xx, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            dot += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
        }
        return xx > 0 && yy > 0 ? dot / Math.Sqrt(xx * yy) : 0;
    }
}
