using Tda.Scoring.Capture;
using static TorchSharp.torch;

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
        CovarianceSample.Of(rows, Modules, options.CovarianceTokens, capture.Options.Seed);

    /// <summary>Room for what pass 1 captures, when pass 2 is over the same rows: else its batches are others. Owned by the caller.</summary>
    public KeptBatches Kept(IRowSource covarianceRows, IRowSource rows) => new(ReferenceEquals(covarianceRows, rows) ? options.KeptBytes : 0);

    /// <summary>Pass 1: sums named <c>M.activation</c> and <c>M.gradient</c>, and the token count.</summary>
    /// <param name="rows">What to take them over.</param>
    /// <param name="excluded">Is told each document with a row that isn't finite.</param>
    /// <param name="progress">Is told the rows done.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <param name="kept">Takes the batches, for pass 2.</param>
    public CurvatureSums Covariances(
        IRowSource rows, Action<int>? excluded = null, Action<double>? progress = null, CancellationToken cancellation = default,
        KeptBatches? kept = null)
    {
        using var pass = new FitPass(capture.Model);
        long tokens = 0;
        capture.ForEach(
            rows, options.Labels,
            batch =>
            {
                pass.AddCovariances(batch);
                tokens += batch.LossPositions;
                Report(batch, excluded);
                kept?.Keep(batch);
            },
            progress, cancellation);
        return pass.Covariances(tokens);
    }

    /// <summary>Eigenbases of the covariances, with no eigenvalues yet. Owned by the caller.</summary>
    public KroneckerBasis Basis(CurvatureSums covariances)
    {
        if (covariances.Tokens == 0)
        {
            throw new ArgumentException("no token was counted: there is no covariance to decompose", nameof(covariances));
        }

        using var scope = NewDisposeScope();
        var vectors = new List<(Tensor Activation, Tensor Gradient)>();
        Tensor? last = null;
        foreach (var module in Modules)
        {
            var sum = covariances.Sums[module.Name + ".activation"];
            var activation = last is not null && Same(sum, last) ? vectors[^1].Activation : Eigenvectors(sum, covariances.Tokens);
            vectors.Add((activation, Eigenvectors(covariances.Sums[module.Name + ".gradient"], covariances.Tokens)));
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
        using var working = basis.To(capture.Model.DType);
        using var pass = new FitPass(capture.Model);
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
            Report(batch, excluded);
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
            Keep(basis.Vectors[i].Activation), Keep(basis.Vectors[i].Gradient),
            Keep(eigenvalues.Sums[m.Name + ".lambda"].div(eigenvalues.Sequences)))).ToArray();
        return new EkfacFactors(Modules, factors, covariances.Tokens, eigenvalues.Sequences);
    }

    private Tensor Keep(Tensor t) => t.to_type(options.DType).clone().DetachFromDisposeScope();

    private static bool Same(Tensor x, Tensor y) => x.shape.SequenceEqual(y.shape) && x.sub(y).abs().max().item<double>() == 0;

    private static Tensor Eigenvectors(Tensor sum, long tokens)
    {
        var mean = sum.to_type(ScalarType.Float64).div(tokens);
        // Rounding leaves a sum of outer products slightly asymmetric, and eigh reads one triangle only.
        return linalg.eigh(mean.add(mean.transpose(0, 1)).div(2)).Item2.DetachFromDisposeScope();
    }

    private static void Report(CapturedBatch batch, Action<int>? excluded)
    {
        if (excluded is null)
        {
            return;
        }

        for (var b = 0; b < batch.Rows.Count; b++)
        {
            if (!batch.Finite[b])
            {
                excluded(batch.Rows[b].Document);
            }
        }
    }
}
