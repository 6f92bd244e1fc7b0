using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Optimizers;

/// <summary>What an optimiser changes: weights in one flat buffer, the hidden layers' matrices first, then other matrices, then vectors.</summary>
/// <param name="flat">All weights; written to without gradients. Stays the caller's.</param>
/// <param name="parts">Where each tensor stands in it, in order.</param>
public sealed class FlatWeights(Tensor flat, IReadOnlyList<WeightPart> parts)
{
    /// <summary>The buffer, one-dimensional.</summary>
    public Tensor Flat { get; } = flat;

    /// <summary>Its tensors, in order.</summary>
    public IReadOnlyList<WeightPart> Parts { get; } = parts;

    /// <summary>How many leading numbers belong to matrices, which weight decay is for.</summary>
    public long MatrixCount { get; } = parts.Where(part => part.Shape.Length > 1).Sum(part => part.Count);

    /// <summary>How many leading numbers belong to matrices of hidden layers, which Muon is for.</summary>
    public long HiddenCount { get; } = parts.Where(part => part.IsHidden).Sum(part => part.Count);

    /// <summary>A language model's: hidden are the linear layers of attention and MLP, not embeddings and head.</summary>
    public static FlatWeights Of(LanguageModel model) => new(model.Flat, [.. model.Parameters.Select(parameter => new WeightPart(
        parameter.Name, parameter.Offset, parameter.Tensor.shape, parameter.Offset < model.BlockMatrixCount))]);

    /// <summary>Matrices cut into blocks with sides of at most <paramref name="limit"/>, as Distributed Shampoo cuts them.</summary>
    internal IReadOnlyList<MatrixBlock> Blocks(long limit) => BlocksOf(Parts, limit);

    internal static List<MatrixBlock> BlocksOf(IEnumerable<WeightPart> parts, long limit)
    {
        var blocks = new List<MatrixBlock>();
        foreach (var part in parts.Where(part => part.Shape.Length == 2))
        {
            var number = 0;
            for (long row = 0; row < part.Shape[0]; row += limit)
            {
                for (long column = 0; column < part.Shape[1]; column += limit)
                {
                    blocks.Add(new MatrixBlock(
                        $"{part.Name}.{number++}", part, row, Math.Min(limit, part.Shape[0] - row), column, Math.Min(limit, part.Shape[1] - column)));
                }
            }
        }

        return blocks;
    }
}

/// <summary>A tensor of a flat buffer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Shape">(out, in) of a linear layer, (n) of a vector.</param>
/// <param name="IsHidden">A matrix of a hidden layer.</param>
public sealed record WeightPart(string Name, long Offset, long[] Shape, bool IsHidden)
{
    /// <summary>How many numbers it has.</summary>
    public long Count { get; } = Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Its view of a flat tensor of the same layout.</summary>
    public Tensor Of(Tensor flat) => flat.narrow(0, Offset, Count).view(Shape);
}

/// <summary>A rectangle of a matrix.</summary>
internal sealed record MatrixBlock(string Name, WeightPart Part, long Row, long Rows, long Column, long Columns)
{
    /// <summary>Its view of a flat tensor: (rows, columns).</summary>
    public Tensor Of(Tensor flat) => Part.Of(flat).narrow(0, Row, Rows).narrow(1, Column, Columns);
}
