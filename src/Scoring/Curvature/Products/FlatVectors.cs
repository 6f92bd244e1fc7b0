namespace Tda.Scoring.Curvature.Products;

/// <summary>Gradients by module as rows of one matrix (N, D), and back: modules in order, each row-major (out, columns).</summary>
public static class FlatVectors
{
    /// <summary>Weights of all modules: D.</summary>
    public static long Dimension(IReadOnlyList<ModuleShape> modules) => modules.Sum(m => m.Elements);

    /// <summary>(N, out, columns) a module to (N, D), in the caller's dispose scope.</summary>
    public static Tensor Join(IReadOnlyList<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        return cat([.. tensors.Select(t => t.flatten(1))], 1).MoveToOuterDisposeScope();
    }

    /// <summary>(N, D) to copies by module in <paramref name="dtype"/>.</summary>
    public static ModuleGradients Split(IReadOnlyList<ModuleShape> modules, Tensor vectors, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var parts = vectors.split([.. modules.Select(m => m.Elements)], 1);
        return new ModuleGradients(
            modules, [.. modules.Zip(parts, (m, part) => part.reshape(-1, m.Outputs, m.Columns).to_type(dtype).clone())]);
    }

    /// <summary>2-norm of each row, in float64.</summary>
    public static double[] Norms(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        return Numbers(vectors.to_type(ScalarType.Float64).square().sum([1L]).sqrt());
    }

    /// <summary>Inner products of rows, (N, 1).</summary>
    internal static Tensor RowDots(Tensor x, Tensor y) => x.mul(y).sum([1L], keepdim: true);

    /// <summary>A column (N, 1) of numbers like <paramref name="like"/>.</summary>
    internal static Tensor Column(IEnumerable<double> values, Tensor like)
    {
        var numbers = values.ToArray();
        return tensor(numbers, [numbers.Length, 1], dtype: ScalarType.Float64, device: like.device).to_type(like.dtype);
    }

    internal static double[] Numbers(Tensor t) => t.to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
}
