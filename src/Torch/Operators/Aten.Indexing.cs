namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Argwhere = new("argwhere");
    internal static readonly Operator Gather = new("gather");
    internal static readonly Operator IndexAdd = new("index_add");
    internal static readonly Operator IndexCopy = new("index_copy");
    internal static readonly Operator IndexFillIntScalar = new("index_fill", "int_Scalar");
    internal static readonly Operator IndexSelect = new("index_select");
    internal static readonly Operator MaskedFillScalar = new("masked_fill", "Scalar");
    internal static readonly Operator MaskedScatter = new("masked_scatter");
    internal static readonly Operator MaskedSelect = new("masked_select");
    internal static readonly Operator Nonzero = new("nonzero");
    internal static readonly Operator NonzeroNumpy = new("nonzero_numpy");
    internal static readonly Operator ScatterAdd = new("scatter_add");
    internal static readonly Operator ScatterSrc = new("scatter", "src");
    internal static readonly Operator SelectScatter = new("select_scatter");
    internal static readonly Operator SliceScatter = new("slice_scatter");
    internal static readonly Operator Take = new("take");
    internal static readonly Operator TakeAlongDim = new("take_along_dim");
}
