namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator BlockDiag = new("block_diag");
    internal static readonly Operator BroadcastTensors = new("broadcast_tensors");
    internal static readonly Operator Cat = new("cat");
    internal static readonly Operator Hstack = new("hstack");
    internal static readonly Operator MeshgridIndexing = new("meshgrid", "indexing");
    internal static readonly Operator Stack = new("stack");
    internal static readonly Operator Vstack = new("vstack");
}
