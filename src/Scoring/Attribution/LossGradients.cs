using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Attribution;

/// <summary>Token scores by <see cref="TokenDefinition.Loss"/>.</summary>
internal static class LossGradients
{
    /// <summary>
    /// <c>⟨V, ∇loss_j⟩</c> for every token j: with weights u on the token losses, <c>h(u) = ⟨V, ∇Σ_j u_j loss_j⟩</c> is linear
    /// in u and its derivative is what we want, so two backward passes give all tokens at once.
    /// </summary>
    /// <returns>(directions, B, T).</returns>
    public static Tensor Score(ICaptureModel model, IReadOnlyList<TokenRow> rows, ModuleGradients directions)
    {
        using var gradients = enable_grad();
        var batch = PaddedBatch.Build(rows, model);
        using var forward = model.Forward(batch.Ids, secondOrder: true);
        var losses = nn.functional.cross_entropy(
            forward.Logits.reshape(-1, forward.Logits.shape[2]), batch.Labels.reshape(-1), reduction: nn.Reduction.None)
            .reshape(batch.LossMask.shape).mul(batch.LossMask);
        var weights = ones_like(losses.detach()).requires_grad_(true);
        var s = Autograd.Grad([losses.mul(weights).sum()], [.. forward.Taps], createGraph: true);

        var perDirection = new Tensor[directions.Count];
        for (var d = 0; d < perDirection.Length; d++)
        {
            // The weight's gradient is s ⊗ a with a held fixed: a doesn't depend on u, and detaching it says so.
            var h = zeros([], dtype: losses.dtype, device: losses.device);
            for (var m = 0; m < directions.Modules.Count; m++)
            {
                var a = model.Modules[m].Bias ? cat([forward.Inputs[m].detach(), batch.Real.unsqueeze(-1)], -1) : forward.Inputs[m].detach();
                h = h.add(s[m].matmul(directions.Tensors[m].select(0, d)).mul(a).sum());
            }
            perDirection[d] = Autograd.Grad([h], [weights], retainGraph: d + 1 < perDirection.Length)[0];
        }
        return stack(perDirection, 0).detach();
    }
}
