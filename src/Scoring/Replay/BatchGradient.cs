using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Replay;

/// <summary>
/// The gradient of a batch's objective as a graph: what <see cref="ShardedGradient"/> computes, in the same shards side by side, but so that it can
/// be differentiated again, by the weights and by a factor u_j on every label token's loss. Attention is composed, since the fused one has no
/// second derivative.
/// </summary>
internal sealed class BatchGradient : IDisposable
{
    private readonly LanguageModel _model;
    private readonly Shard[] _shards;

    private BatchGradient(LanguageModel model, Shard[] shards) => (_model, _shards) = (model, shards);

    /// <summary>∇L, flat, without its graph, in the caller's dispose scope.</summary>
    public Tensor Total
    {
        get
        {
            using var none = no_grad();
            return Sum([.. _shards.Select(shard => Flat(shard.Gradients))]);
        }
    }

    /// <param name="model">At the weights where the gradient is taken.</param>
    /// <param name="examples">All examples.</param>
    /// <param name="rows">The batch's.</param>
    /// <param name="options">Shards and penalty floor.</param>
    public static BatchGradient Of(LanguageModel model, IReadOnlyList<TrainingExample> examples, IReadOnlyList<int> rows, TrainingOptions options)
    {
        var labels = rows.Sum(row => (long)examples[row].LabelCount);
        var shards = new Shard[Math.Min(options.GradientShards, rows.Count)];
        ShardedGradient.SideBySide(0, shards.Length, s =>
        {
            var own = ShardedGradient.RowsOf(rows, s, shards.Length);
            using var scope = NewDisposeScope();
            var batch = Batch.Collate(examples, own, model.Device, model.WideType);
            var factors = ones_like(batch.Weights).requires_grad_(true);
            var loss = TokenLoss.Sum(model, batch, options.PenaltyFloor, factors, secondOrder: true).div(labels);
            var gradients = Autograd.Grad([loss], [.. model.Parameters.Select(parameter => parameter.Tensor)], createGraph: true);
            shards[s] = new(own, batch.LabelRows, factors.DetachFromDisposeScope(), [.. gradients.Select(gradient => gradient.DetachFromDisposeScope())]);
        });
        return new(model, shards);
    }

    /// <summary>The derivatives of ⟨λ, ∇L⟩.</summary>
    /// <param name="direction">λ, flat.</param>
    /// <param name="last">Whether the graph is let go of.</param>
    /// <returns>By the weights: the Hessian times λ, flat, in the caller's dispose scope. By u: of every shard's label tokens.</returns>
    public (Tensor Product, double[][] Tokens) Differentiate(Tensor direction, bool last)
    {
        var products = new Tensor[_shards.Length];
        var tokens = new double[_shards.Length][];
        ShardedGradient.SideBySide(0, _shards.Length, s =>
        {
            using var scope = NewDisposeScope();
            var shard = _shards[s];
            Tensor[] inputs = [.. _model.Parameters.Select(parameter => parameter.Tensor), shard.Factors];
            var used = Enumerable.Range(0, _model.Parameters.Count).Where(p => shard.Gradients[p].requires_grad).ToArray();
            var found = Autograd.GradOrNull(
                [.. used.Select(p => shard.Gradients[p])], inputs,
                [.. used.Select(p => direction.narrow(0, _model.Parameters[p].Offset, inputs[p].numel()).view(inputs[p].shape))], retainGraph: !last);
            using var none = no_grad();
            products[s] = Flat([.. inputs.SkipLast(1).Select((input, p) => found[p] ?? zeros_like(input))]).DetachFromDisposeScope();
            tokens[s] = found[^1] is { } by ? by.to(ScalarType.Float64).cpu().data<double>().ToArray() : new double[shard.LabelRows.Length];
        });
        using var gradients = no_grad();
        var sum = Sum(products);
        foreach (var product in products)
        {
            product.Dispose();
        }

        return (sum, tokens);
    }

    /// <summary>Adds what <see cref="Differentiate"/> gave by u to a target's derivatives; of examples that aren't told apart nothing.</summary>
    public void AddTo(TokenDerivatives derivatives, int target, double[][] tokens)
    {
        foreach (var (shard, own) in _shards.Zip(tokens))
        {
            for (var label = 0; label < own.Length;)
            {
                var (row, first) = (shard.LabelRows[label], label);
                var example = shard.Rows[row];
                var into = example < derivatives.Examples ? derivatives.Of(target, example) : [];
                for (; label < own.Length && shard.LabelRows[label] == row; label++)
                {
                    if (into.Length > 0)
                    {
                        into[label - first] += own[label];
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards)
        {
            shard.Factors.Dispose();
            foreach (var gradient in shard.Gradients)
            {
                gradient.Dispose();
            }
        }
    }

    private static Tensor Flat(Tensor[] parts) => cat([.. parts.Select(part => part.detach().reshape(-1))], 0);

    // In the shards' order: which of them ends first doesn't matter.
    private static Tensor Sum(Tensor[] parts) => parts.Skip(1).Aggregate(parts[0].clone(), (sum, part) => sum.add_(part));

    private sealed record Shard(int[] Rows, int[] LabelRows, Tensor Factors, Tensor[] Gradients);
}
