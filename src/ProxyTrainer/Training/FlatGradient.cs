using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Training;

/// <summary>Gradients in the order of the model's flat buffer.</summary>
public static class FlatGradient
{
    /// <summary>∂loss/∂θ, as long as <see cref="LanguageModel.Flat"/>.</summary>
    public static Tensor Of(Tensor loss, LanguageModel model) =>
        Join(Autograd.Grad([loss], [.. model.Parameters.Select(parameter => parameter.Tensor)]), model);

    /// <summary>The same of what a tape recorded.</summary>
    public static Tensor Of(Tensor loss, LanguageModel model, BlockTape tape) => Join(tape.ParameterGradients(loss), model);

    /// <summary>A gradient's length; NaN or ∞ where one of its numbers isn't finite.</summary>
    public static double Norm(Tensor gradient) => gradient.norm().to(ScalarType.Float64).item<double>();

    /// <summary>Shortens a gradient longer than <paramref name="limit"/> to it, in place.</summary>
    /// <returns>Its length before; NaN or ∞ leave it as it is.</returns>
    public static double Clip(Tensor gradient, double limit)
    {
        var norm = Norm(gradient);
        if (limit > 0 && norm > limit && double.IsFinite(norm))
        {
            gradient.mul_(limit / norm);
        }

        return norm;
    }

    // As wide as what shards, clipping and optimisers add up in. Freed one by one: for a large model both at once are gigabytes.
    private static Tensor Join(Tensor[] gradients, LanguageModel model)
    {
        using var none = no_grad();
        var flat = empty([model.Flat.numel()], model.WideType, model.Device);
        for (var i = 0; i < gradients.Length; i++)
        {
            using IDisposable scope = NewDisposeScope();
            flat.narrow(0, model.Parameters[i].Offset, gradients[i].numel()).copy_(gradients[i].reshape(-1));
            gradients[i].Dispose();
        }

        return flat;
    }
}

/// <summary>
/// Loss and gradient of a batch, computed in shards of its rows side by side. Small models leave a second core idle inside an
/// operator; a whole shard keeps it busy. The shards are fixed by the batch, and their gradients are added in their order, so
/// the result depends neither on the number of cores nor on which shard ends first.
/// </summary>
public static class ShardedGradient
{
    /// <param name="model">Read by all shards at once, changed by none.</param>
    /// <param name="examples">All examples.</param>
    /// <param name="rows">The batch's rows.</param>
    /// <param name="options">Shards and penalty floor.</param>
    /// <param name="parts">Parts that must be computed one after another, since there is no memory for more at once.</param>
    /// <param name="response">The rows' λ where a response network is trained.</param>
    /// <returns>The objective in nats a label token, and its gradient, flat.</returns>
    public static (double Loss, Tensor Gradient) Of(
        LanguageModel model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> rows, TrainingOptions options, int parts = 1,
        ResponseDraw? response = null)
    {
        var shards = Math.Min(options.GradientShards * parts, rows.Count);
        var labels = rows.Sum(row => (long)examples[row].LabelCount);
        var losses = new double[shards];
        var gradients = new Tensor[shards];
        void Compute(int shard)
        {
            var own = RowsOf(rows, shard, shards);
            using IDisposable scope = NewDisposeScope();
            var batch = Batch.Collate(examples, own, model.Device, model.WideType, response);
            using var tape = model.Recompute ? BlockTape.Record(model) : null;
            var loss = TokenLoss.Sum(model, batch, options.PenaltyFloor).div(labels);
            gradients[shard] = (tape is null ? FlatGradient.Of(loss, model) : FlatGradient.Of(loss, model, tape)).DetachFromDisposeScope();
            losses[shard] = loss.to(ScalarType.Float64).item<double>();
        }

        for (var first = 0; first < shards; first += options.GradientShards)
        {
            var end = Math.Min(first + options.GradientShards, shards);
            SideBySide(first, end, Compute);
            for (var shard = Math.Max(1, first); shard < end; shard++)
            {
                gradients[0].add_(gradients[shard]);
                gradients[shard].Dispose();
            }
        }

        return (losses.Sum(), gradients[0]);
    }

    /// <summary>A shard's rows, every shards-th: the rows of a batch are of like lengths, so the shards are of like sizes.</summary>
    public static int[] RowsOf(IReadOnlyList<int> rows, int shard, int shards) => [.. rows.Where((_, i) => i % shards == shard)];

    /// <summary>Computes some shards at once; a single one in the caller's thread.</summary>
    public static void SideBySide(int first, int end, Action<int> compute)
    {
        if (end == first + 1)
        {
            compute(first);
        }
        else
        {
            Parallel.For(first, end, compute);
        }
    }
}
