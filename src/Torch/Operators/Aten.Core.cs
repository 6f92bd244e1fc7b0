namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Equal = new("equal");
    internal static readonly Operator IndexPutInPlace = new("index_put_");
    internal static readonly Operator IndexTensor = new("index", "Tensor");
    internal static readonly Operator Item = new("item");
}
