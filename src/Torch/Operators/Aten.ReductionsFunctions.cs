namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator SearchsortedTensor = new("searchsorted", "Tensor");
}
