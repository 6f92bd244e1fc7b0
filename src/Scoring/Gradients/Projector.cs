namespace Tda.Scoring.Gradients;

/// <summary>
/// LoGra's projection (Choe et al. 2024): <c>P_o G P_iᵀ = Σ_t (P_o s_t)(P_i a_t)ᵀ</c> for each module, without ever
/// forming G. A row's projected gradient is the modules' one after the other, each row-major (k_o, k_i). Owns its tensors.
/// </summary>
public sealed class Projector : IDisposable
{
    /// <summary>Copies projections.</summary>
    /// <param name="modules">The modules, in order.</param>
    /// <param name="projections">One a module; they are made in a dispose scope of the projector's.</param>
    /// <param name="dtype">The copies' type.</param>
    /// <param name="device">Where the copies live.</param>
    public Projector(IReadOnlyList<ModuleShape> modules, IEnumerable<ModuleProjection> projections, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        Modules = modules;
        Projections = [.. projections.Select(p => new ModuleProjection(Keep(p.Input), Keep(p.Output)))];
        Length = Projections.Sum(p => p.Length);

        Tensor Keep(Tensor t) => t.to_type(dtype).to(device).clone().DetachFromDisposeScope();
    }

    /// <summary>The modules, in order.</summary>
    public IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>Per module.</summary>
    public IReadOnlyList<ModuleProjection> Projections { get; }

    /// <summary>D: length of a projected gradient over all modules.</summary>
    public int Length { get; }

    /// <summary>Random orthonormal projections, a function of the seed, the module's name and its shape only.</summary>
    public static Projector Random(IReadOnlyList<ModuleShape> modules, int rank, long seed, ScalarType dtype, Device device)
    {
        var made = modules.Select(m => new ModuleProjection(
            Orthonormal(Math.Min(rank, m.Columns), m.Columns, RowKey.Of(m.Name + "/input", 0), seed),
            RandomOutput(m, rank, seed)));
        return new(modules, made, dtype, device);
    }

    /// <summary>
    /// Top eigenvectors of the covariances. A side without any, that of a vocabulary, is projected at random: the largest entries of a diagonal are
    /// the most frequent tokens, which tell documents apart least.
    /// </summary>
    public static Projector Pca(
        IReadOnlyList<ModuleShape> modules, int rank, KroneckerBasis basis, ScalarType dtype, Device device, long seed = 0) =>
        new(modules, modules.Zip(basis.Vectors, (m, v) => new ModuleProjection(
            Top(v.Activation, rank), v.Gradient is { } gradient ? Top(gradient, rank) : RandomOutput(m, rank, seed))), dtype, device);

    /// <summary>Projected gradients of a batch's rows, (B, D), in the caller's dispose scope.</summary>
    public Tensor Project(CapturedBatch batch) => cat([.. Projections.Select((p, m) =>
    {
        var a = batch.Layers[m].Columns(p.Input.transpose(0, 1)); // (B, T, k_i)
        var s = batch.Layers[m].Rows(p.Output.transpose(0, 1));   // (B, T, k_o)
        return PerExample.Gradients(s, a).flatten(1);
    })], 1);

    /// <summary>Projections of full gradients, (N, out, columns) a module: (N, D), in the caller's dispose scope.</summary>
    public Tensor Project(ModuleGradients gradients)
    {
        using var scope = NewDisposeScope();
        return cat([.. Projections.Select((p, m) => p.Output.matmul(gradients.Tensors[m]).matmul(p.Input.transpose(0, 1)).flatten(1))], 1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Full-space directions of projected ones, <c>P_oᵀ Z P_i</c>: their inner product with G equals that of Z with G's projection,
    /// which gives token scores in the projected geometry.
    /// </summary>
    public ModuleGradients Lift(Tensor projected)
    {
        using var scope = NewDisposeScope();
        var parts = projected.split([.. Projections.Select(p => (long)p.Length)], 1);
        return new ModuleGradients(Modules, [.. Projections.Zip(parts, (p, z) =>
            p.Output.transpose(0, 1).matmul(z.reshape(-1, p.OutputRank, p.InputRank)).matmul(p.Input))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var p in Projections)
        {
            p.Input.Dispose();
            p.Output.Dispose();
        }
    }

    private static Tensor RandomOutput(ModuleShape module, int rank, long seed) =>
        Orthonormal(Math.Min(rank, module.Outputs), module.Outputs, RowKey.Of(module.Name + "/output", 0), seed);

    // eigh returns ascending eigenvalues in columns: the last columns are the top ones.
    private static Tensor Top(Tensor vectors, int rank)
    {
        var (n, k) = (vectors.shape[1], Math.Min(rank, vectors.shape[1]));
        return vectors.narrow(1, n - k, k).transpose(0, 1).contiguous();
    }

    // Rows of a QR factor of Gaussians, by Box-Muller over hashed uniforms: the same on every provider and device.
    private static Tensor Orthonormal(int rows, int columns, ulong key, long seed)
    {
        var values = new double[(long)columns * rows];
        for (var i = 0; i < values.Length; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(RowKey.Uniform(seed, key, 2 * i)));
            values[i] = radius * Math.Cos(2 * Math.PI * RowKey.Uniform(seed, key, 2 * i + 1));
        }
        return linalg.qr(tensor(values, [columns, rows], dtype: ScalarType.Float64)).Item1.transpose(0, 1).contiguous();
    }
}

/// <summary>One module's two projections.</summary>
/// <param name="Input">P_i, (k_i, columns), orthonormal rows.</param>
/// <param name="Output">P_o, (k_o, out), orthonormal rows.</param>
public sealed record ModuleProjection(Tensor Input, Tensor Output)
{
    /// <summary>k_i.</summary>
    public int InputRank => (int)Input.shape[0];

    /// <summary>k_o.</summary>
    public int OutputRank => (int)Output.shape[0];

    /// <summary>Length of the module's projected gradient: k_o · k_i.</summary>
    public int Length => InputRank * OutputRank;
}

/// <summary>How LoGra's two projections of a module are made.</summary>
public enum ProjectionKind
{
    /// <summary>Random orthonormal rows, by seed.</summary>
    Random,

    /// <summary>Top eigenvectors of the activation and gradient covariances.</summary>
    Pca,
}
