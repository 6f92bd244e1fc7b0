using System.Runtime.InteropServices;

namespace Tda.Torch.Native;

/// <summary>One boxed argument or result, as bridge.cpp lays it out: keep in sync with its <c>Slot</c> and <c>Tag</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Slot
{
    public SlotTag Tag;
    public int Count;
    public long Bits;
}

internal enum SlotTag
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    IntList,
    TensorList,
    OptionalTensorList,
    String,
    Device,
    Default,
    Generator,
    DoubleList,
}
