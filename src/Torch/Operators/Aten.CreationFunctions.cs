namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator EmptyMemoryFormat = new("empty", "memory_format");
    internal static readonly Operator Ones = new("ones");
    internal static readonly Operator Zeros = new("zeros");
}
