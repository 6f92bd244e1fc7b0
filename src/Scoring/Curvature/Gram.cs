using static TorchSharp.torch;

namespace Tda.Scoring.Curvature;

/// <summary>
/// <c>Σ x xᵀ</c> at little more than half of the product's cost: it is symmetric, so only blocks on and right of the diagonal are computed,
/// a block row at a time, and the rest is mirrored once at the end.
/// </summary>
internal static class Gram
{
    // Rows of a block. Narrower ones leave less to compute in vain, but the right-hand side is packed anew for each.
    private const long Block = 64;

    /// <summary>Adds <c>Xᵀ X</c> of (n, width) to the block upper triangle of a (width, width) sum.</summary>
    public static void AddUpper(Tensor sum, Tensor x)
    {
        using var scope = NewDisposeScope();
        var width = x.shape[1];
        for (long first = 0; first < width; first += Block)
        {
            var (height, rest) = (Math.Min(Block, width - first), width - first);
            sum.narrow(0, first, height).narrow(1, first, rest)
                .addmm_(x.narrow(1, first, height).transpose(0, 1), x.narrow(1, first, rest));
        }
    }

    /// <summary>The symmetric matrix of which the upper triangle is given, in the caller's dispose scope.</summary>
    public static Tensor Mirror(Tensor upper)
    {
        using var scope = NewDisposeScope();
        return upper.triu(0).add(upper.triu(1).transpose(0, 1)).MoveToOuterDisposeScope();
    }
}
