using TorchSharp;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Fits EK-FAC in two passes over the rows.
/// <list type="number">
/// <item>Covariances: <c>A = Σ a aᵀ / n_tok</c> and <c>S = Σ s sᵀ / n_tok</c>, means over tokens that carry loss.</item>
/// <item>Basis: symmetrise, eigendecompose in float64.</item>
/// <item>Eigenvalues: per sequence <c>G = Σ_t s_t a_tᵀ</c>; <c>Λ = mean over sequences of (Q_Sᵀ G Q_A)²</c>.</item>
/// </list>
/// Passes give sums that can be computed by shard and merged. What layers with one and the same input share (q, k and v; gate and up) is
/// computed once.
/// </summary>
public sealed class EkfacFitter(GradientCapture capture, EkfacOptions options)
{
    private IReadOnlyList<ModuleShape> Modules => capture.Model.Modules;

    /// <summary>Fits factors in one process. Rows that are not finite are left out and reported.</summary>
    public EkfacFactors Fit(
        IRowSource rows, Action<int>? excluded = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        // Whichever pass sees all rows names those set apart.
        var sample = CovarianceRows(rows);
        var all = ReferenceEquals(sample, rows);
        using var kept = Kept(sample, rows);
        using var covariances = Covariances(sample, all ? excluded : null, progress, cancellation, kept);
        using var basis = Basis(covariances);
        using var eigenvalues = Eigenvalues(
            rows, basis, all ? null : excluded, done => progress?.Invoke(sample.RowCount + done), cancellation, kept);
        return Finish(basis, covariances, eigenvalues);
    }

    /// <summary>
    /// The rows that covariances are taken over, by <see cref="EkfacOptions.CovarianceTokens"/> and the seed: <paramref name="rows"/> itself
    /// when that is all.
    /// </summary>
    public IRowSource CovarianceRows(IRowSource rows) =>
        CovarianceSample.Of(rows, Modules, options, capture.Options.Seed);

    /// <summary>Room for what pass 1 captures, when pass 2 is over the same rows: else its batches are others. Owned by the caller.</summary>
    public KeptBatches Kept(IRowSource covarianceRows, IRowSource rows) => new(ReferenceEquals(covarianceRows, rows) ? options.KeptBytes : 0);

    /// <summary>Pass 1: the sums of <see cref="FactorShapes.Sums"/>, and the token count.</summary>
    /// <param name="rows">What to take them over.</param>
    /// <param name="excluded">Is told each document with a row that isn't finite.</param>
    /// <param name="progress">Is told the rows done.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <param name="kept">Takes the batches, for pass 2.</param>
    public CurvatureSums Covariances(
        IRowSource rows, Action<int>? excluded = null, Action<double>? progress = null, CancellationToken cancellation = default,
        KeptBatches? kept = null)
    {
        using var pass = new FitPass(capture.Model, options);
        long tokens = 0;
        capture.ForEach(
            rows, options.Labels,
            batch =>
            {
                pass.AddCovariances(batch);
                tokens += batch.LossPositions;
                batch.ReportBroken(excluded);
                kept?.Keep(batch);
            },
            progress, cancellation);
        return pass.Covariances(tokens);
    }

    /// <summary>
    /// Eigenbases of the covariances, with no eigenvalues yet. A diagonal covariance has the identity. A tied matrix's is that of
    /// both its uses. Owned by the caller.
    /// </summary>
    public KroneckerBasis Basis(CurvatureSums covariances)
    {
        if (covariances.Tokens == 0)
        {
            throw new ArgumentException("no token was counted: there is no covariance to decompose", nameof(covariances));
        }

        using var scope = NewDisposeScope();
        var vectors = new List<(Tensor Activation, Tensor? Gradient)>();
        Tensor? last = null;
        foreach (var module in Modules)
        {
            var (sum, rows) = Marginals(module, covariances);
            var activation = last is not null && Same(sum, last) ? vectors[^1].Activation : Eigenvectors(sum, covariances.Tokens);
            vectors.Add((activation, rows is null ? null : Eigenvectors(rows, covariances.Tokens)));
            last = sum;
        }
        return new KroneckerBasis(vectors);
    }

    /// <summary>Pass 2: sums named <c>M.lambda</c> of squared rotated gradients, and the sequence count.</summary>
    /// <param name="rows">What to take them over.</param>
    /// <param name="basis">Pass 1's.</param>
    /// <param name="excluded">Is told each document with a row that isn't finite.</param>
    /// <param name="progress">Is told the rows done.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <param name="kept">Batches of pass 1 over these rows, which need no capture.</param>
    public CurvatureSums Eigenvalues(
        IRowSource rows, KroneckerBasis basis, Action<int>? excluded = null, Action<double>? progress = null,
        CancellationToken cancellation = default, KeptBatches? kept = null)
    {
        using var working = basis.To(capture.Model.DType, capture.Model.Device);
        using var pass = new FitPass(capture.Model, options);
        long sequences = 0;
        capture.ForEachBatch(
            rows,
            (batch, completes) =>
            {
                if (kept?.TryVisit(batch, Add) != true)
                {
                    Add(capture.Capture(batch, options.Labels, completes));
                }
            },
            progress, cancellation);
        return pass.Eigenvalues(sequences);

        void Add(CapturedBatch batch)
        {
            pass.AddEigenvalues(batch, working, options.ChunkElements);
            sequences += batch.Finite.Count(f => f);
            batch.ReportBroken(excluded);
        }
    }

    /// <summary>Puts basis and eigenvalue sums together as means.</summary>
    public EkfacFactors Finish(KroneckerBasis basis, CurvatureSums covariances, CurvatureSums eigenvalues)
    {
        if (eigenvalues.Sequences == 0)
        {
            throw new ArgumentException("no sequence was counted: there are no eigenvalues", nameof(eigenvalues));
        }

        using var scope = NewDisposeScope();
        var factors = Modules.Select((m, i) => new ModuleFactors(
            Keep(basis.Vectors[i].Activation), basis.Vectors[i].Gradient is { } qs ? Keep(qs) : null,
            Keep(eigenvalues.Sums[m.Name + ".lambda"].div(eigenvalues.Sequences)))).ToArray();
        return new EkfacFactors(Modules, factors, covariances.Tokens, eigenvalues.Sequences);
    }

    /// <summary>A copy in the factors' type, beyond any dispose scope.</summary>
    internal Tensor Keep(Tensor t) => t.to_type(options.DType).clone().DetachFromDisposeScope();

    // What columns and rows vary by. A linear layer's are A and S. A tied matrix has two uses, G ≈ S⊗A + D⊗Z with the head's A and S, the tokens' D
    // and the embedding's Z: each side of the sum is that of both uses, weighted by the trace of the other side, as in E[GᵀG] and E[GGᵀ].
    private (Tensor Columns, Tensor? Rows) Marginals(ModuleShape module, CurvatureSums covariances)
    {
        Tensor Sum(string name) => covariances.Sums[module.Name + name].to_type(ScalarType.Float64);
        if (module.Role == LayerRole.Embedding)
        {
            return (Sum(".embedded"), null);
        }

        var (a, s) = (Sum(".activation"), Sum(".gradient"));
        var rows = options.IsDiagonal(module) ? null : s;
        if (module.Role != LayerRole.Tied)
        {
            return (a, rows);
        }

        var (z, d) = (Sum(".embedded"), Sum(".tokens"));
        var n = (double)covariances.Tokens;
        var trace = rows is null ? s.sum() : s.trace();
        return (a.mul(trace).add(z.mul(d.sum())).div(n), rows?.mul(a.trace()).add(diag(d).mul(z.trace())).div(n));
    }

    private static bool Same(Tensor x, Tensor y) => x.shape.SequenceEqual(y.shape) && x.sub(y).abs().max().item<double>() == 0;

    private static Tensor Eigenvectors(Tensor sum, long tokens)
    {
        var mean = sum.to_type(ScalarType.Float64).div(tokens);
        // Rounding leaves a sum of outer products slightly asymmetric, and eigh reads one triangle only.
        return linalg.eigh(mean.add(mean.transpose(0, 1)).div(2)).Item2.DetachFromDisposeScope();
    }
}

/// <summary>How EK-FAC factors are fitted.</summary>
public sealed record EkfacOptions
{
    /// <summary>Of <see cref="KeptBytes"/>: 1 GiB.</summary>
    public const long DefaultKeptBytes = 1L << 30;

    /// <summary>Of <see cref="VocabularyBasis"/>.</summary>
    public const int DefaultVocabularyBasis = 512;

    /// <summary>Sampled (the Gauss-Newton/Fisher matrix; default) or true labels (empirical Fisher).</summary>
    public LabelSource Labels { get; init; } = LabelSource.Sampled;

    /// <summary>Type that the factors are kept in: float32 (default) or float64. The eigendecomposition is always float64.</summary>
    public torch.ScalarType DType { get; init; } = torch.ScalarType.Float32;

    /// <summary>
    /// Tokens, for each column of the widest covariance, of the documents that covariances are taken over, drawn by seed; Λ is taken over
    /// all documents in any case. 0 (default): all of them. At most 1,000,000.
    /// </summary>
    public int CovarianceTokens { get; init; }

    /// <summary>
    /// The widest vocabulary whose own covariance is taken, (V, V), and decomposed, of the LM head and of a matrix tied to it. A wider one's is taken as
    /// diagonal: eigenvalues are then those of single tokens' rows. 0 to 100,000. Default <see cref="DefaultVocabularyBasis"/>. The
    /// embedding's is diagonal in any case.
    /// </summary>
    public int VocabularyBasis { get; init; } = DefaultVocabularyBasis;

    /// <summary>
    /// Most bytes of captured batches kept for the second pass where both are over the same rows; what is beyond is captured twice. 0: none.
    /// Default <see cref="DefaultKeptBytes"/>. Results don't depend on it.
    /// </summary>
    public long KeptBytes { get; init; } = DefaultKeptBytes;

    /// <summary>
    /// Per-example gradients held at a time, in elements, at least one example's. Default 2¹⁸ (1 MiB of float32): what is squared and added
    /// is then still in the processor's cache.
    /// </summary>
    public long ChunkElements { get; init; } = 1L << 18;

    /// <summary>Whether a module's rows, a vocabulary, keep their own axes.</summary>
    internal bool IsDiagonal(ModuleShape module) =>
        module.Role == LayerRole.Embedding || (module.IsVocabulary && module.Outputs > VocabularyBasis);
}

/// <summary>
/// Which documents covariances are taken over. A and S only choose the basis; what the matrix is in that basis, Λ, is taken over all, so
/// that a sample can turn the basis a little but biases no eigenvalue (George et al. 2018: Λ is optimal in whatever basis it is given).
/// </summary>
internal static class CovarianceSample
{
    // Of the numbers that a document's key gives; others are used elsewhere.
    private const int Stream = 2;

    /// <summary>
    /// The documents with the smallest seeded hashes until they have <see cref="EkfacOptions.CovarianceTokens"/> positions for each column of
    /// the widest covariance that is decomposed: the same ones in any order of the corpus. All, where there are no more or the option is 0.
    /// </summary>
    public static IRowSource Of(IRowSource rows, IReadOnlyList<ModuleShape> modules, EkfacOptions options, long seed)
    {
        var wanted = options.CovarianceTokens * modules.Max(m => FactorShapes.Sides(m, options).Max());
        var positions = new long[rows.DocumentCount];
        for (var r = 0; r < rows.RowCount; r++)
        {
            positions[rows.DocumentOf(r)] += rows.PositionsOf(r);
        }

        if (options.CovarianceTokens == 0 || positions.Sum() <= wanted)
        {
            return rows;
        }

        var chosen = new HashSet<int>();
        foreach (var d in Enumerable.Range(0, positions.Length).Where(d => positions[d] > 0)
            .OrderBy(d => RowKey.Uniform(seed, RowKey.Of(rows.IdOf(d), 0), Stream)).ThenBy(d => d))
        {
            if (wanted <= 0)
            {
                break;
            }

            chosen.Add(d);
            wanted -= positions[d];
        }
        return new RowFilter(rows, chosen.Contains);
    }
}
