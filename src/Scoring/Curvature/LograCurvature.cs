namespace Tda.Scoring.Curvature;

/// <summary>
/// Per module: <c>C = mean over rows of g gᵀ</c> of projected gradients, damped by <c>λ = factor · trace(C)/dim</c> of
/// that module, solved in float64 by Cholesky. Sums are kept undamped, so that shards add up. Owns its tensors.
/// </summary>
public sealed class LograCurvature(Projector projector, CurvatureSums? saved = null) : IDisposable
{
    /// <summary>Rows summed.</summary>
    public long Rows => Sums.Sequences;

    /// <summary>The undamped sums, named <c>M.curvature</c>, float64 (k_o·k_i, k_o·k_i).</summary>
    public CurvatureSums Sums { get; } = saved ?? new CurvatureSums();

    /// <summary>Adds rows (R, D) of projected gradients.</summary>
    public void Add(Tensor rows)
    {
        using var scope = NewDisposeScope();
        foreach (var (module, part) in projector.Modules.Zip(ProjectedSolver.ByModule(projector, rows)))
        {
            var g = part.to_type(ScalarType.Float64);
            Sums.Add(module.Name + ".curvature", g.transpose(0, 1).matmul(g));
        }

        Sums.Sequences += rows.shape[0];
    }

    /// <summary>The damped solver. Each call damps afresh from the undamped sums.</summary>
    /// <exception cref="TdaException">A module whose curvature is zero or not finite.</exception>
    public LograSolver Solver(Damping damping)
    {
        if (Rows == 0)
        {
            throw new ArgumentException("the curvature has no rows", nameof(damping));
        }

        // A module at a time: at rank 64 a block is 128 MiB, and several copies of every module's would stand beside sums and roots.
        var used = new double[projector.Modules.Count];
        var roots = projector.Modules.Select((module, m) =>
        {
            using var scope = NewDisposeScope();
            var damped = Sums.Sums[module.Name + ".curvature"].div(Rows).cpu();
            var length = projector.Projections[m].Length;
            var average = damped.trace().item<double>() / length;
            if (!double.IsFinite(average) || average <= 0)
            {
                throw new TdaException(
                    $"{module.Name}: mean curvature is {average}: no gradient reached this module, or the index is damaged");
            }

            used[m] = damping.Factor * average;
            damped.diagonal().add_(used[m]);
            return linalg.cholesky(damped).MoveToOuterDisposeScope().DetachFromDisposeScope();
        }).ToArray();
        return new LograSolver(projector, roots, used);
    }

    /// <inheritdoc/>
    public void Dispose() => Sums.Dispose();
}

/// <summary>(C + λI)⁻¹ of LoGra, by the Cholesky factor of each module's block: two triangular solves. Owns the roots.</summary>
public sealed class LograSolver(Projector projector, IReadOnlyList<Tensor> roots, IReadOnlyList<double> damping) : ProjectedSolver(projector)
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Damping { get; } = damping;

    /// <inheritdoc/>
    public override void Dispose() => roots.DisposeAll();

    /// <inheritdoc/>
    protected override Tensor SolveBlock(int module, Tensor projected)
    {
        // (C + λI) = L Lᵀ.
        var half = linalg.solve_triangular(roots[module], projected.transpose(0, 1), upper: false);
        return linalg.solve_triangular(roots[module].transpose(0, 1), half, upper: true).transpose(0, 1);
    }
}
