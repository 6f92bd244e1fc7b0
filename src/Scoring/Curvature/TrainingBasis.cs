using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Optimizers;

namespace Tda.Scoring.Curvature;

/// <summary>
/// Kronecker eigenbases from the training itself: spectral Shampoo keeps, for every matrix, the eigenvectors of running means of GᵀG and GGᵀ,
/// G a batch's gradient, and leaves them in the checkpoint of the last step. With G = Σ_t s_t a_tᵀ they estimate those of Σ a aᵀ and Σ s sᵀ,
/// weighted by the other side's lengths. Λ is optimal in whatever basis it is given (George et al. 2018), so that only the turn is estimated.
/// </summary>
public static class TrainingBasis
{
    private const string Remedy = "Leave out --factors-from-training, or distil the surrogate with --optimizer spectral_shampoo.";

    /// <summary>The bases of a distilled member, in float64; a bias, which has no part in the optimiser's matrix, keeps an axis of its own.</summary>
    /// <param name="surrogate">Opened from its directory.</param>
    /// <param name="member">From 0.</param>
    /// <param name="modules">The layers wanted, in order.</param>
    /// <exception cref="UsageException">The surrogate was made otherwise, or a layer was wider than the optimiser's blocks.</exception>
    /// <exception cref="BadInputException">The checkpoint is missing or damaged.</exception>
    public static KroneckerBasis Read(Surrogate surrogate, int member, IReadOnlyList<ModuleShape> modules)
    {
        // 1. Only that optimiser keeps them, and only at the last step are they those of the surrogate.
        var name = Path.GetFileName(surrogate.Directory);
        if (!surrogate.IsDistilled || surrogate.Training(member).Options.Optimizer != OptimizerKind.SpectralShampoo)
        {
            throw new UsageException($"Surrogate {name} has no factors from training: {(surrogate.IsDistilled
                ? $"it was trained with {surrogate.Training(member).Options.Optimizer}"
                : "it was imported")}. {Remedy}");
        }

        var steps = surrogate.Training(member).History.Losses.Count;
        var last = surrogate.Checkpoints(member).LastOrDefault();
        if (last is null || last.Step != steps)
        {
            throw new BadInputException(surrogate.MemberDirectories[member], $"has no checkpoint of its last step, {steps}", remedy: Remedy);
        }

        // 2. One block a side, or the basis is that of parts.
        using var scope = NewDisposeScope();
        var state = last.OptimizerState();
        var vectors = new List<(Tensor Activation, Tensor? Gradient)>();
        foreach (var module in modules)
        {
            vectors.Add((WithBias(Whole(module, "right", module.Inputs), module), Whole(module, "left", module.Outputs)));
        }

        scope.Detach(vectors.SelectMany(pair => new[] { pair.Activation, pair.Gradient! }));
        return new KroneckerBasis(vectors);

        Tensor Whole(ModuleShape module, string side, int size)
        {
            var basis = state.GetValueOrDefault($"{module.Name}.weight.0.{side}_basis");
            return basis is not null && basis.shape.SequenceEqual([size, size])
                ? basis.to_type(ScalarType.Float64).index_select(1, state[$"{module.Name}.weight.0.{side}_values"].argsort()) // ascending, as fitted ones
                : throw new UsageException(
                    $"Surrogate {name} has no whole basis of {module.Name}, {size} wide: the optimiser cut its matrix into blocks with sides of "
                    + $"{surrogate.Training(member).Options.Shampoo.Block}. Distil it with --shampoo-block {size} or more (at most 1024), or leave out "
                    + "--factors-from-training.");
        }
    }

    private static Tensor WithBias(Tensor basis, ModuleShape module) =>
        module.Bias ? block_diag([basis, ones([1, 1], ScalarType.Float64)]) : basis.clone();
}
