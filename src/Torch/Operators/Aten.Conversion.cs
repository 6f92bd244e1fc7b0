namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator PinMemory = new("pin_memory");
    internal static readonly Operator ScalarTensor = new("scalar_tensor");
    internal static readonly Operator ToDevice = new("to", "device");
    internal static readonly Operator ToDtype = new("to", "dtype");
    internal static readonly Operator ToOther = new("to", "other");
    internal static readonly Operator TypeAs = new("type_as");
}
