namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Cdist = new("cdist");
    internal static readonly Operator Einsum = new("einsum");
}
