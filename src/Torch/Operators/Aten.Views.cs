namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator AsStrided = new("as_strided");
    internal static readonly Operator BroadcastTo = new("broadcast_to");
    internal static readonly Operator Chunk = new("chunk");
    internal static readonly Operator Clone = new("clone");
    internal static readonly Operator Contiguous = new("contiguous");
    internal static readonly Operator Detach = new("detach");
    internal static readonly Operator Diag = new("diag");
    internal static readonly Operator DiagEmbed = new("diag_embed");
    internal static readonly Operator Diagonal = new("diagonal");
    internal static readonly Operator Expand = new("expand");
    internal static readonly Operator ExpandAs = new("expand_as");
    internal static readonly Operator FlattenUsingInts = new("flatten", "using_ints");
    internal static readonly Operator Flip = new("flip");
    internal static readonly Operator MT = new("mT");
    internal static readonly Operator MovedimIntlist = new("movedim", "intlist");
    internal static readonly Operator Narrow = new("narrow");
    internal static readonly Operator NumpyT = new("numpy_T");
    internal static readonly Operator Permute = new("permute");
    internal static readonly Operator Ravel = new("ravel");
    internal static readonly Operator Repeat = new("repeat");
    internal static readonly Operator RepeatInterleaveSelfInt = new("repeat_interleave", "self_int");
    internal static readonly Operator RepeatInterleaveSelfTensor = new("repeat_interleave", "self_Tensor");
    internal static readonly Operator Reshape = new("reshape");
    internal static readonly Operator Roll = new("roll");
    internal static readonly Operator SelectInt = new("select", "int");
    internal static readonly Operator SliceTensor = new("slice", "Tensor");
    internal static readonly Operator SplitTensor = new("split", "Tensor");
    internal static readonly Operator SplitWithSizes = new("split_with_sizes");
    internal static readonly Operator Squeeze = new("squeeze");
    internal static readonly Operator SqueezeDim = new("squeeze", "dim");
    internal static readonly Operator T = new("t");
    internal static readonly Operator TensorSplitIndices = new("tensor_split", "indices");
    internal static readonly Operator TensorSplitSections = new("tensor_split", "sections");
    internal static readonly Operator Tile = new("tile");
    internal static readonly Operator Trace = new("trace");
    internal static readonly Operator TransposeInt = new("transpose", "int");
    internal static readonly Operator Tril = new("tril");
    internal static readonly Operator Triu = new("triu");
    internal static readonly Operator UnbindInt = new("unbind", "int");
    internal static readonly Operator Unfold = new("unfold");
    internal static readonly Operator Unsqueeze = new("unsqueeze");
    internal static readonly Operator View = new("view");
}
