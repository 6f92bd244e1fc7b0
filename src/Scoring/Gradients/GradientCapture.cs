using Tda.ProxyTrainer.Engine;

namespace Tda.Scoring.Gradients;

/// <summary>
/// Gradients of summed token losses by rows: for a padded batch one forward pass, one <c>autograd.grad(loss, taps)</c>,
/// and for every tracked linear layer its inputs a_t and output gradients s_t.
/// </summary>
public sealed class GradientCapture(ICaptureModel model, CaptureOptions? options = null)
{
    /// <summary>How it captures.</summary>
    public CaptureOptions Options { get; } = options ?? new();

    /// <summary>The model captured.</summary>
    public ICaptureModel Model => model;

    /// <summary>The same with other options.</summary>
    public GradientCapture With(Func<CaptureOptions, CaptureOptions> change) => new(model, change(Options));

    /// <summary>
    /// Visits every row once, in batches of like length. Tensors made by the visitor are freed unless moved out of its scope.
    /// </summary>
    public void ForEach(
        IRowSource rows, LabelSource labels, Action<CapturedBatch> visit, Action<double>? progress = null,
        CancellationToken cancellation = default) =>
        ForEachBatch(rows, (batch, completes) => visit(Capture(batch, labels, completes)), progress, cancellation);

    /// <summary>The batches alone, each in a dispose scope of its own.</summary>
    internal void ForEachBatch(
        IRowSource rows, Action<IReadOnlyList<TokenRow>, bool> visit, Action<double>? progress, CancellationToken cancellation)
    {
        var done = 0;
        foreach (var planned in RowBatches.Plan(rows, Options.BatchTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            using (NewDisposeScope())
            {
                visit([.. planned.Rows.Select(rows.Load)], planned.CompletesDocuments);
            }
            done += planned.Rows.Count;
            progress?.Invoke(done);
        }
    }

    /// <summary>
    /// The same of a pass whose batches come to a few numbers each: with <see cref="CaptureOptions.Journal"/> they are kept, and batches
    /// that an earlier run has kept aren't computed again. Those don't count as progress until the first that is computed.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="pass">What is computed, for telling whether kept numbers are the same.</param>
    /// <param name="compute">A batch's numbers; its tensors are freed after it. May carry something over until documents are complete.</param>
    /// <param name="take">Told of every batch and its numbers, in order.</param>
    /// <param name="progress">Rows done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    internal void ForEachBatch(
        IRowSource rows, string pass, Func<IReadOnlyList<TokenRow>, bool, float[]> compute, Action<IReadOnlyList<TokenRow>, float[]> take,
        Action<double>? progress, CancellationToken cancellation)
    {
        var journal = Options.Journal;
        var key = journal?.Begin(pass) ?? 0;
        var (done, resumed) = (0, false);
        foreach (var group in RowBatches.Complete(RowBatches.Plan(rows, Options.BatchTokens)))
        {
            var groupKey = journal is null ? 0 : BatchJournal.KeyOf(key, rows, group);
            var kept = journal?.Next(groupKey, group.Count);
            if (kept is null && resumed)
            {
                progress?.Invoke(done); // the rate is counted from here
            }

            resumed = kept is not null;
            var numbers = kept ?? new float[group.Count][];
            for (var b = 0; b < group.Count; b++)
            {
                cancellation.ThrowIfCancellationRequested();
                TokenRow[] batch = [.. group[b].Rows.Select(rows.Load)];
                if (kept is null)
                {
                    using var scope = NewDisposeScope();
                    numbers[b] = compute(batch, group[b].CompletesDocuments);
                }

                take(batch, numbers[b]);
                done += batch.Length;
                if (kept is null)
                {
                    progress?.Invoke(done);
                }
            }

            if (kept is null)
            {
                journal?.Add(groupKey, numbers);
            }
        }
    }

    /// <summary>Captures one batch; its tensors belong to the caller's dispose scope.</summary>
    /// <exception cref="ArgumentException">A row is longer than the model's context.</exception>
    public CapturedBatch Capture(IReadOnlyList<TokenRow> rows, LabelSource labels, bool completesDocuments = true)
    {
        try
        {
            return Captured(rows, labels, completesDocuments);
        }
        catch (Exception error) when (MemoryShortage.IsCauseOf(error))
        {
            var tokens = (long)rows.Count * rows.Max(row => row.Positions);
            throw model is LanguageModelCapture language ? language.Shortage(error, tokens) : new TdaException(error.Message, error);
        }
    }

    private CapturedBatch Captured(IReadOnlyList<TokenRow> rows, LabelSource labels, bool completesDocuments)
    {
        // 1. Pad to the longest row.
        var batch = PaddedBatch.Build(rows, model);

        // 2. Forward with taps.
        using var gradients = enable_grad();
        using var forward = model.Forward(batch.Ids);

        // 3. Summed loss in nats, and its gradient with respect to every layer's output; labels as they are, or drawn from the predictions.
        var (losses, outputGradients) = labels == LabelSource.Sampled && Options.Objective == CaptureObjective.Loss
            ? SampledLabels(forward, batch, rows)
            : Differentiated(forward, batch, labels, rows);

        // 4. Set rows apart that are not finite; zero them and the padding; append the bias column. At the padding, output gradients are
        // zero as they come: no loss is there, and none after it. Rows that aren't finite can't be multiplied away, and masked_fill, which
        // isn't vectorised, is as dear as a layer: only a batch with such a row pays for it.
        using var noGradients = no_grad();
        var finite = FiniteRows(losses, outputGradients, forward.Inputs);
        using var broken = finite.Contains(false)
            ? tensor(finite.Select(f => !f).ToArray(), [finite.Length, 1, 1], dtype: ScalarType.Bool, device: model.Device)
            : null;
        var activations = batch.Activations(model, forward.Inputs, broken);
        var s = outputGradients.Select(g => Widened(broken is null ? g : g.masked_fill(broken, 0))).ToArray();
        return new CapturedBatch(rows, finite, CapturedLayer.Of(model.Modules, activations, s), losses.detach(), batch.LossMask, completesDocuments);
    }

    // z_y − logsumexp of the others: −log(e^{loss} − 1) would lose all digits of a confident prediction.
    private static Tensor Margins(Tensor logits, Tensor labels)
    {
        var index = labels.unsqueeze(1);
        var label = logits.gather(1, index).squeeze(1);
        var others = logits.scatter(1, index, full_like(index, double.NegativeInfinity, dtype: logits.dtype)).logsumexp(1);
        return label.sub(others);
    }

    private (Tensor Losses, IList<Tensor> OutputGradients) Differentiated(
        ForwardCapture forward, PaddedBatch batch, LabelSource labels, IReadOnlyList<TokenRow> rows)
    {
        var targets = labels == LabelSource.True
            ? batch.Labels
            : LabelSampler.Sample(forward.Logits.detach().softmax(-1), rows, Options.Seed);
        var flat = forward.Logits.reshape(-1, forward.Logits.shape[2]);
        var perToken = Options.Objective == CaptureObjective.Margin
            ? Margins(flat, targets.reshape(-1))
            : nn.functional.cross_entropy(flat, targets.reshape(-1), reduction: nn.Reduction.None);
        var losses = perToken.reshape(batch.LossMask.shape).mul(batch.LossMask);
        return (losses, forward.OutputGradients(losses.sum()));
    }

    // Drawing needs the probabilities, and p − onehot(label) is the loss's gradient at the logits: one softmax serves for both.
    private (Tensor Losses, IList<Tensor> OutputGradients) SampledLabels(
        ForwardCapture forward, PaddedBatch batch, IReadOnlyList<TokenRow> rows)
    {
        using var noGradients = no_grad();
        var p = forward.Logits.detach().softmax(-1);
        var labels = LabelSampler.Sample(p, rows, Options.Seed).unsqueeze(-1);
        var losses = p.gather(-1, labels).log().neg().squeeze(-1).mul(batch.LossMask);
        p.scatter_add_(-1, labels, ones_like(labels, dtype: p.dtype).neg());
        if (!batch.AllCarryLoss)
        {
            p.mul_(batch.LossMask.unsqueeze(-1));
        }

        return (losses, forward.OutputGradients(forward.Logits, p));
    }

    // Products and sums of what a bfloat16 model captured are float32.
    private Tensor Widened(Tensor captured)
    {
        if (captured.dtype == model.DType)
        {
            return captured;
        }

        using (captured)
        {
            return captured.to_type(model.DType);
        }
    }

    // A sum carries any NaN or infinity of its row, and rows of a causal model don't mix.
    private static bool[] FiniteRows(Tensor losses, IEnumerable<Tensor> outputGradients, IEnumerable<Tensor> inputs)
    {
        var probe = losses.sum(1);
        foreach (var t in outputGradients.Concat(inputs.Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>().Where(t => t.dtype != ScalarType.Int64)))
        {
            probe = probe + t.detach().sum([1L, 2L]).mul(0);
        }

        var sums = probe.to_type(ScalarType.Float64).cpu().data<double>().ToArray();
        return [.. sums.Select(double.IsFinite)];
    }
}

/// <summary>How gradients are captured.</summary>
public sealed record CaptureOptions
{
    /// <summary>Positions in a batch, padding counted. At least 1; default 2048. Results don't depend on it.</summary>
    public int BatchTokens { get; init; } = 2048;

    /// <summary>Seed of the sampled labels. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>What is differentiated: the loss (default), or the margin.</summary>
    public CaptureObjective Objective { get; init; } = CaptureObjective.Loss;

    /// <summary>Where passes over documents keep what their batches came to; null (default): nowhere.</summary>
    public BatchJournal? Journal { get; init; }
}

/// <summary>What is differentiated at every position that carries loss.</summary>
public enum CaptureObjective
{
    /// <summary>The loss <c>−log p_y</c>, nats.</summary>
    Loss,

    /// <summary>The margin <c>z_y − logsumexp(z_≠y) = log p_y − log(1 − p_y)</c>, of which the loss is a convex function (TRAK).</summary>
    Margin,
}

/// <summary>Which labels a captured loss is computed against.</summary>
public enum LabelSource
{
    /// <summary>The tokens that are there: the training loss, whose gradient is scored.</summary>
    True,

    /// <summary>
    /// Labels drawn from the model's own predictions, as the Fisher (= Gauss-Newton) matrix needs; with true labels the
    /// same statistics give the empirical Fisher, which is something else. Drawn by the row's key and the position,
    /// so that a label doesn't depend on batch, order or shard.
    /// </summary>
    Sampled,
}

/// <summary>
/// One forward and one backward pass over a padded batch. Tensors live until the visitor returns.
/// <para>
/// The gradient of row b's summed loss with respect to a linear layer's weight is <c>Σ_t s_t a_tᵀ</c>, exactly: s at a
/// position without loss of its own (a query's prompt) stays, since later losses reach the weight through it.
/// Padding is zeroed, and so are rows whose gradient is not finite, which are absent from <see cref="Finite"/>.
/// </para>
/// </summary>
/// <param name="Rows">The rows, in batch order.</param>
/// <param name="Finite">Per row: false when its loss or a gradient is NaN or infinite.</param>
/// <param name="Layers">Per module, what its gradients are sums of.</param>
/// <param name="TokenLosses">
/// (B, T): loss in nats of the prediction at each position (its margin when that is captured); zero where none is counted.
/// </param>
/// <param name="LossMask">(B, T) in the model's type: 1 where a prediction carries loss.</param>
/// <param name="CompletesDocuments">See <see cref="RowBatch.CompletesDocuments"/>.</param>
public sealed record CapturedBatch(
    IReadOnlyList<TokenRow> Rows,
    IReadOnlyList<bool> Finite,
    IReadOnlyList<CapturedLayer> Layers,
    Tensor TokenLosses,
    Tensor LossMask,
    bool CompletesDocuments)
{
    /// <summary>Of linear layers: a, (B, T, in [+ 1 when it has a bias]); one object for layers that share an input.</summary>
    public IReadOnlyList<Tensor> Activations => [.. Layers.Select(layer => layer.Activations).OfType<Tensor>()];

    /// <summary>Of linear layers: s, (B, T, out).</summary>
    public IReadOnlyList<Tensor> OutputGradients => [.. Layers.Select(layer => layer.OutputGradients).OfType<Tensor>()];

    /// <summary>Positions that carry loss in finite rows.</summary>
    public long LossPositions => Rows.Where((_, i) => Finite[i]).Sum(r => (long)r.LossPositions);

    /// <summary>True when a row has real positions without loss, which covariance statistics leave out.</summary>
    public bool HasUncountedPositions => Rows.Any(r => r.FirstLossPosition > 0);

    /// <summary>Tells of the document of every row that is not finite.</summary>
    public void ReportBroken(Action<int>? excluded)
    {
        foreach (var row in Rows.Where((_, b) => !Finite[b]))
        {
            excluded?.Invoke(row.Document);
        }
    }
}
