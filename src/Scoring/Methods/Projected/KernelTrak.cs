namespace Tda.Scoring.Methods.Projected;

/// <summary>
/// <see cref="Trak"/> with the gradients themselves in place of projections, which is what it tends to as p grows. In the dual
/// <c>Φ(ΦᵀΦ/N + λI)⁻¹φ_q = N (ΦΦᵀ + NλI)⁻¹ Φφ_q</c>, so inner products of documents with each other and with the queries are enough, an N × N
/// matrix whatever the model's size. Gradients are held a slice of the weights at a time; a pass over documents and queries each. At most min(N, P)
/// eigenvalues of ΦᵀΦ aren't zero, P the tracked weights: λ is relative to their mean.
/// </summary>
/// <param name="setup">Models and documents; only these documents can be scored.</param>
internal sealed class KernelTrak(MethodSetup setup) : IInfluence
{
    /// <summary>Most weights a slice: a batch's gradients of it are in memory at once.</summary>
    private const long SliceElements = 1L << 22;

    private readonly IRowSource _rows = setup.Context.Documents;

    /// <inheritdoc/>
    public string Name => "trak";

    /// <inheritdoc/>
    public long N { get; private set; } = setup.Context.Documents.DocumentCount;

    /// <summary>λ of each model, known after <see cref="Score"/>.</summary>
    public IReadOnlyList<double> Damping { get; private set; } = [];

    /// <inheritdoc/>
    /// <exception cref="UsageException">A normalisation; documents that weren't among those fitted on; or too many of them.</exception>
    public ScoreMatrix Score(
        IRowSource documents, IRowSource queries, IReadOnlyList<Target> targets, Normalisation normalisation,
        Action<ExcludedDocument> excluded, IProgressSink progress, CancellationToken cancellation)
    {
        Normaliser.Refuse(Name, normalisation);
        int[] ranked = [.. Enumerable.Range(0, documents.RowCount).Select(documents.DocumentOf).Distinct()];
        Require(documents, ranked);

        // 1. Inner products by every model. What one of them can't differentiate is left out for all.
        using var scope = NewDisposeScope();
        var (lost, apart) = (new SortedSet<int>(), new SortedSet<int>());
        var captures = setup.Context.Ensemble.Count > 1 ? setup.Context.Ensemble : [setup.Context.Capture];
        var slices = Slices(queries.DocumentCount);
        using var task = progress.Start("Inner products", (double)captures.Count * slices.Count * _rows.RowCount, "rows");
        var kernels = captures.Select((capture, k) => Kernel(
            capture, slices, queries, targets, lost, apart, (slice, rows) => task.Report(((double)((k * slices.Count) + slice) * _rows.RowCount) + rows), cancellation)).ToArray();

        // 2. N (ΦΦᵀ + NλI)⁻¹ Φφ_q, and its means over models.
        var finite = QueryFeatures.Finite(queries, targets, lost, Trak.NotFinite, excluded);
        N = Enumerable.Range(0, _rows.RowCount).Select(_rows.DocumentOf).Distinct().Count() - apart.Count;
        var (products, missing, damping) = (new double[targets.Count * _rows.DocumentCount], new double[_rows.DocumentCount], new List<double>());
        foreach (var kernel in kernels)
        {
            var (solved, lambda) = Solve(kernel, apart, finite, targets);
            damping.Add(lambda);
            Add(products, solved, (double)N / kernels.Length);
            Add(missing, kernel.Missing, 1.0 / kernels.Length);
        }

        // 3. Times how little the models were certain of the document.
        Damping = damping;
        var scores = new ScoreMatrix(targets.Count, documents.DocumentCount);
        foreach (var d in ranked)
        {
            for (var t = 0; t < targets.Count; t++)
            {
                scores[t, d] = (float)(products[(t * _rows.DocumentCount) + d] * missing[d]);
            }
        }

        foreach (var d in apart.Intersect(ranked))
        {
            scores.Exclude(d, documents, excluded, Trak.NotFinite);
        }

        return scores;
    }

    private void Require(IRowSource documents, int[] ranked)
    {
        if (ranked.Any(d => d >= _rows.DocumentCount || _rows.IdOf(d) != documents.IdOf(d)))
        {
            throw new UsageException("TRAK without a projection scores only the documents that it was fitted on. Use --projection random for others.");
        }

        var (count, most) = ((double)_rows.DocumentCount, setup.Options.Projected.TrakElements);
        if (count * count > most)
        {
            throw new UsageException(
                $"TRAK without a projection needs the inner products of {count:N0} documents with each other, more than the {most:N0} numbers allowed. Use --projection random.");
        }
    }

    // Modules, or ranges of one's outputs, in groups that are held together; numbers are float64, twice those of a projection.
    private List<List<Slice>> Slices(int queries)
    {
        var most = Math.Clamp(setup.Options.Projected.TrakElements / 2 / (_rows.DocumentCount + queries), 1, SliceElements);
        List<List<Slice>> groups = [];
        var free = 0L;
        for (var m = 0; m < setup.Model.Modules.Count; m++)
        {
            var module = setup.Model.Modules[m];
            for (var first = 0; first < module.Outputs;)
            {
                if (free < module.Columns)
                {
                    groups.Add([]);
                    free = Math.Max(most, module.Columns);
                }

                var count = (int)Math.Min(module.Outputs - first, free / module.Columns);
                groups[^1].Add(new Slice(m, first, count, count * module.Columns));
                (first, free) = (first + count, free - ((long)count * module.Columns));
            }
        }

        return groups;
    }

    private TrakKernel Kernel(
        GradientCapture capture, List<List<Slice>> slices, IRowSource queries, IReadOnlyList<Target> targets, SortedSet<int> lost, SortedSet<int> apart,
        Action<int, double> report, CancellationToken cancellation)
    {
        var margins = capture.With(o => o with { Objective = CaptureObjective.Margin });
        var gram = zeros([_rows.DocumentCount, _rows.DocumentCount], dtype: ScalarType.Float64);
        var cross = zeros([queries.DocumentCount, _rows.DocumentCount], dtype: ScalarType.Float64);
        var missing = new double[_rows.DocumentCount];
        foreach (var (s, group) in slices.Index())
        {
            using var scope = NewDisposeScope();
            var length = group.Sum(slice => slice.Elements);
            var source = new StreamedFeatures(margins, length + 2, batch => cat([.. group.Select(slice => slice.Of(batch)), TrakModel.Uncertainty(batch)], 1));
            var phi = zeros([_rows.DocumentCount, length], dtype: ScalarType.Float64);
            source.ForEach(_rows, (ordinals, features) =>
            {
                phi.index_copy_(0, tensor([.. ordinals.Select(d => (long)d)], [ordinals.Count], dtype: ScalarType.Int64), features.narrow(1, 0, length));
                var lacking = TrakModel.Missing(features);
                foreach (var (i, d) in ordinals.Index())
                {
                    missing[d] = lacking[i];
                }
            }, d => apart.Add(d), rows => report(s, rows), cancellation);
            var asked = QueryFeatures.Each(source, queries, targets, lost, cancellation).narrow(1, 0, length);
            gram.add_(phi.matmul(phi.transpose(0, 1)));
            cross.add_(asked.matmul(phi.transpose(0, 1)));
        }

        return new TrakKernel(gram, cross, missing);
    }

    // (targets, N) in row-major order, and λ.
    private (double[] Solved, double Damping) Solve(TrakKernel kernel, SortedSet<int> apart, bool[] finite, IReadOnlyList<Target> targets)
    {
        using var scope = NewDisposeScope();
        var gone = tensor([.. apart.Select(d => (long)d)], [apart.Count], dtype: ScalarType.Int64);
        var gram = kernel.Documents.index_fill(0, gone, 0).index_fill(1, gone, 0);
        var cross = QueryFeatures.Means(kernel.Queries, finite, targets).index_fill(1, gone, 0);
        var mean = N == 0 ? 0 : gram.trace().item<double>() / N / Math.Min(N, setup.Model.Modules.Sum(m => m.Elements));
        if (!double.IsFinite(mean) || mean <= 0)
        {
            throw new TdaException($"TRAK: the mean square of a margin gradient is {mean}: there is no curvature.");
        }

        var lambda = setup.Options.DampingFactor * mean;
        var damped = gram.add(eye(gram.shape[0], dtype: ScalarType.Float64).mul(N * lambda));
        return (linalg.solve(damped, cross.transpose(0, 1)).transpose(0, 1).contiguous().data<double>().ToArray(), lambda);
    }

    private static void Add(double[] to, double[] values, double factor)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += factor * values[i];
        }
    }

    /// <summary>A module's weights into some of its outputs.</summary>
    private sealed record Slice(int Module, int First, int Count, int Elements)
    {
        /// <summary>Their gradients, (B, elements).</summary>
        public Tensor Of(CapturedBatch batch) => batch.Layers[Module].Gradients(First, Count).flatten(1);
    }

    /// <summary>One model's inner products: documents with each other (N, N), queries with documents (Q, N), and 1 − p by document.</summary>
    private sealed record TrakKernel(Tensor Documents, Tensor Queries, double[] Missing);
}
