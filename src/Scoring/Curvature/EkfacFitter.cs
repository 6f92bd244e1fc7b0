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
/// Passes give sums that can be computed by shard and merged.
/// </summary>
public sealed class EkfacFitter(GradientCapture capture, EkfacOptions options)
{
    // Covariances by halves took .7 of the time at widths of 480 and 640, and 1.7 times as much at 1,536: there the joining costs more.
    private const int SmallestHalved = 256;
    private const int SmallestWhole = 1024;

    private IReadOnlyList<ModuleShape> Modules => capture.Model.Modules;

    /// <summary>Fits factors on all rows, in one process. Rows that are not finite are left out and reported.</summary>
    public EkfacFactors Fit(
        IRowSource rows, Action<int>? excluded = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        using var covariances = Covariances(rows, excluded, progress, cancellation);
        using var basis = Basis(covariances);
        using var eigenvalues = Eigenvalues(rows, basis, null, done => progress?.Invoke(rows.RowCount + done), cancellation);
        return Finish(basis, covariances, eigenvalues);
    }

    /// <summary>Pass 1: sums named <c>M.activation</c> and <c>M.gradient</c>, and the token count.</summary>
    public CurvatureSums Covariances(
        IRowSource rows, Action<int>? excluded = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var sums = new CurvatureSums();
        try
        {
            capture.ForEach(rows, options.Labels, batch => AddCovariances(batch, sums, excluded), progress, cancellation);
            return sums;
        }
        catch
        {
            sums.Dispose();
            throw;
        }
    }

    /// <summary>Eigenbases of the covariances, with no eigenvalues yet. Owned by the caller.</summary>
    public KroneckerBasis Basis(CurvatureSums covariances)
    {
        if (covariances.Tokens == 0)
            throw new ArgumentException("no token was counted: there is no covariance to decompose", nameof(covariances));
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
    public CurvatureSums Eigenvalues(
        IRowSource rows, KroneckerBasis basis, Action<int>? excluded = null, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var sums = new CurvatureSums();
        try
        {
            using var working = basis.To(capture.Model.DType);
            capture.ForEach(rows, options.Labels, batch => AddEigenvalues(batch, working, sums, excluded), progress, cancellation);
            return sums;
        }
        catch
        {
            sums.Dispose();
            throw;
        }
    }

    /// <summary>Puts basis and eigenvalue sums together as means.</summary>
    public EkfacFactors Finish(KroneckerBasis basis, CurvatureSums covariances, CurvatureSums eigenvalues)
    {
        if (eigenvalues.Sequences == 0)
            throw new ArgumentException("no sequence was counted: there are no eigenvalues", nameof(eigenvalues));
        using var scope = NewDisposeScope();
        var factors = Modules.Select((m, i) => new ModuleFactors(
            Keep(basis.Vectors[i].Activation), Keep(basis.Vectors[i].Gradient),
            Keep(eigenvalues.Sums[m.Name + ".lambda"].div(eigenvalues.Sequences)))).ToArray();
        return new EkfacFactors(Modules, factors, covariances.Tokens, eigenvalues.Sequences);
    }

    private Tensor Keep(Tensor t) => t.to_type(options.DType).clone().DetachFromDisposeScope();

    private void AddCovariances(CapturedBatch batch, CurvatureSums sums, Action<int>? excluded)
    {
        Tensor? activation = null;
        for (var m = 0; m < Modules.Count; m++)
        {
            if (activation is null || !ReferenceEquals(batch.Activations[m], batch.Activations[m - 1])) activation = Gram(Counted(batch.Activations[m]));
            sums.Add(Modules[m].Name + ".activation", activation);
            sums.Add(Modules[m].Name + ".gradient", Gram(Counted(batch.OutputGradients[m])));
        }
        sums.Tokens += batch.LossPositions;
        Report(batch, excluded);

        Tensor Counted(Tensor t) => batch.HasUncountedPositions ? t.mul(batch.LossMask.unsqueeze(-1)) : t;
    }

    private void AddEigenvalues(CapturedBatch batch, KroneckerBasis basis, CurvatureSums sums, Action<int>? excluded)
    {
        Tensor? a = null;
        for (var m = 0; m < Modules.Count; m++)
        {
            var (activation, gradient) = basis.Vectors[m];
            var shared = a is not null && ReferenceEquals(batch.Activations[m], batch.Activations[m - 1])
                && ReferenceEquals(activation, basis.Vectors[m - 1].Activation);
            if (!shared) a = batch.Activations[m].matmul(activation);

            // Q_Sᵀ Σ_t s_t (Q_Aᵀ a_t)ᵀ = Σ_t (Q_Sᵀ s_t)(Q_Aᵀ a_t)ᵀ: what is rotated once a row or once a token, whichever are fewer.
            var byRow = Modules[m].Columns < batch.Activations[m].shape[1];
            var s = byRow ? batch.OutputGradients[m] : batch.OutputGradients[m].matmul(gradient);
            PerExample.ForChunks(s, a!, options.ChunkElements, (_, g) =>
            {
                var rotated = byRow ? gradient.transpose(0, 1).matmul(g) : g;
                sums.Add(Modules[m].Name + ".lambda", rotated.mul(rotated).sum([0L]));
            });
        }
        sums.Sequences += batch.Finite.Count(f => f);
        Report(batch, excluded);
    }

    private static Tensor Gram(Tensor x) => GramOf(x.reshape(-1, x.shape[2]));

    // Xᵀ X is symmetric: by halves, one of the two off-diagonal blocks is the other's transpose and need not be computed.
    private static Tensor GramOf(Tensor x)
    {
        var width = x.shape[1];
        if (width is < SmallestHalved or >= SmallestWhole) return x.transpose(0, 1).matmul(x);
        var half = width / 2;
        var (left, right) = (x.narrow(1, 0, half), x.narrow(1, half, width - half));
        var off = left.transpose(0, 1).matmul(right);
        return cat([cat([GramOf(left), off], 1), cat([off.transpose(0, 1), GramOf(right)], 1)], 0);
    }

    private static bool Same(Tensor x, Tensor y) => x.shape.SequenceEqual(y.shape) && x.sub(y).abs().max().item<double>() == 0;

    private static Tensor Eigenvectors(Tensor sum, long tokens)
    {
        var mean = sum.to_type(ScalarType.Float64).div(tokens);
        // Rounding leaves a sum of outer products slightly asymmetric, and eigh reads one triangle only.
        return linalg.eigh(mean.add(mean.transpose(0, 1)).div(2)).Item2.DetachFromDisposeScope();
    }

    private static void Report(CapturedBatch batch, Action<int>? excluded)
    {
        if (excluded is null) return;
        for (var b = 0; b < batch.Rows.Count; b++)
        {
            if (!batch.Finite[b]) excluded(batch.Rows[b].Document);
        }
    }
}
