using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Per module: <c>C = mean over rows of g gᵀ</c> of projected gradients, damped by <c>λ = factor · trace(C)/dim</c> of
/// that module, solved in float64 by Cholesky. Sums are kept undamped, so that shards add up. Owns its tensors.
/// </summary>
public sealed class LograCurvature(Projector projector, CurvatureSums? saved = null) : IDisposable
{
    private readonly CurvatureSums _sums = saved ?? new CurvatureSums();

    /// <summary>Rows summed.</summary>
    public long Rows => _sums.Sequences;

    /// <summary>The undamped sums, named <c>M.curvature</c>, float64 (k_o·k_i, k_o·k_i).</summary>
    public CurvatureSums Sums => _sums;

    /// <summary>Adds rows (R, D) of projected gradients.</summary>
    public void Add(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var at = 0;
        for (var m = 0; m < projector.Modules.Count; m++)
        {
            var g = rows.narrow(1, at, projector.Projections[m].Length).to_type(ScalarType.Float64);
            _sums.Add(projector.Modules[m].Name + ".curvature", g.transpose(0, 1).matmul(g));
            at += projector.Projections[m].Length;
        }
        _sums.Sequences += rows.shape[0];
    }

    /// <summary>The damped solver. Each call damps afresh from the undamped sums.</summary>
    /// <exception cref="TdaException">A module whose curvature is zero or not finite.</exception>
    public LograSolver Solver(Damping damping)
    {
        if (_sums.Sequences == 0)
        {
            throw new ArgumentException("the curvature has no rows", nameof(damping));
        }

        using var scope = NewDisposeScope();
        var used = new double[projector.Modules.Count];
        var roots = projector.Modules.Select((module, m) =>
        {
            var mean = _sums.Sums[module.Name + ".curvature"].div(_sums.Sequences);
            var length = projector.Projections[m].Length;
            var average = mean.trace().item<double>() / length;
            if (!double.IsFinite(average) || average <= 0)
            {
                throw new TdaException(
                    $"{module.Name}: mean curvature is {average}: no gradient reached this module, or the index is damaged");
            }

            used[m] = damping.Factor * average;
            var damped = mean.add(eye(length, dtype: ScalarType.Float64, device: mean.device).mul(used[m]));
            return linalg.cholesky(damped).DetachFromDisposeScope();
        }).ToArray();
        return new LograSolver(projector, roots, used);
    }

    /// <inheritdoc/>
    public void Dispose() => _sums.Dispose();
}

/// <summary>(C + λI)⁻¹ on projected gradients, by module, in float64; and the same lifted to full gradients.</summary>
public sealed class LograSolver(Projector projector, IReadOnlyList<Tensor> roots, IReadOnlyList<double> damping) : IProjectedSolver
{
    /// <inheritdoc/>
    public IReadOnlyList<ModuleShape> Modules => projector.Modules;

    /// <inheritdoc/>
    public IReadOnlyList<double> Damping { get; } = damping;

    /// <summary>(C + λI)⁻¹ z for projected gradients (N, D), float64, in the caller's dispose scope.</summary>
    public Tensor Solve(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return cat([.. Blocks(projected).Select((z, m) => SolveBlock(m, z))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Self-influence zᵀ(C + λI)⁻¹z of projected gradients: (N, D) to (N), float64.</summary>
    public Tensor SelfInfluence(Tensor projected)
    {
        using var scope = NewDisposeScope();
        return Solve(projected).mul(projected.to_type(ScalarType.Float64)).sum([1L]).MoveToOuterDisposeScope();
    }

    /// <summary><c>P_oᵀ [ (C + λI)⁻¹ P G ] P_i</c>: directions whose inner product with a full gradient is the LoGra score.</summary>
    public ModuleGradients Apply(ModuleGradients gradients)
    {
        using var scope = NewDisposeScope();
        var projected = projector.Project(gradients);
        return projector.Lift(Solve(projected).to_type(projected.dtype));
    }

    /// <inheritdoc/>
    public Tensor SelfInfluence(int module, Tensor gradients)
    {
        using var scope = NewDisposeScope();
        var p = projector.Projections[module];
        var z = p.Output.matmul(gradients).matmul(p.Input.transpose(0, 1)).flatten(1);
        return SolveBlock(module, z).mul(z.to_type(ScalarType.Float64)).sum([1L]).to_type(gradients.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var r in roots)
        {
            r.Dispose();
        }
    }

    private IEnumerable<Tensor> Blocks(Tensor projected)
    {
        var at = 0;
        foreach (var p in projector.Projections)
        {
            yield return projected.narrow(1, at, p.Length);
            at += p.Length;
        }
    }

    // (C + λI) = L Lᵀ: two triangular solves.
    private Tensor SolveBlock(int m, Tensor z)
    {
        var right = z.to_type(ScalarType.Float64).transpose(0, 1);
        var half = linalg.solve_triangular(roots[m], right, upper: false);
        return linalg.solve_triangular(roots[m].transpose(0, 1), half, upper: true).transpose(0, 1);
    }
}
