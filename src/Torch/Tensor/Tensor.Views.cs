using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>The shape seen differently, without a copy; one size may be −1.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">The strides do not allow it: use reshape.</exception>
        public Tensor view(params long[] shape) => Aten.View.Call(this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        /// <summary>A view where the strides allow one, a copy otherwise; one size may be −1.</summary>
        public Tensor reshape(params long[] shape) => Aten.Reshape.Call(this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.FlattenUsingInts.Call(this, start_dim, end_dim);

        public Tensor unflatten(long dim, params long[] sizes)
        {
            var current = shape;
            var at = (int)(dim < 0 ? dim + current.Length : dim);
            return view([.. current[..at], .. sizes, .. current[(at + 1)..]]);
        }

        public Tensor ravel() => Aten.Ravel.Call(this);

        public Tensor squeeze(long? dim = null) => dim is { } d ? Aten.SqueezeDim.Call(this, d) : Aten.Squeeze.Call(this);

        public Tensor unsqueeze(long dim) => Aten.Unsqueeze.Call(this, dim);

        public Tensor t() => Aten.T.Call(this);

        public Tensor transpose(long dim0, long dim1) => Aten.TransposeInt.Call(this, dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor permute(params long[] permutation) => Aten.Permute.Call(this, permutation);

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor movedim(long[] source, long[] destination) => Aten.MovedimIntlist.Call(this, source, destination);

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => Aten.MT.Call(this);

        /// <summary>All dimensions in reverse order.</summary>
        public Tensor T => Aten.NumpyT.Call(this);

        public Tensor expand(params long[] sizes) => Aten.Expand.Call(this, sizes);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Aten.Expand.Call(this, sizes, isImplicit);

        public Tensor expand_as(Tensor other) => Aten.ExpandAs.Call(this, other);

        public Tensor broadcast_to(params long[] shape) => Aten.BroadcastTo.Call(this, shape);

        public Tensor repeat(params long[] sizes) => Aten.Repeat.Call(this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Aten.RepeatInterleaveSelfInt.Call(this, repeats, dim, output_size);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Aten.RepeatInterleaveSelfTensor.Call(this, repeats, dim, output_size);

        public Tensor tile(long[] reps) => Aten.Tile.Call(this, reps);

        public Tensor narrow(long dim, long start, long length) => Aten.Narrow.Call(this, dim, start, length);

        public Tensor slice(long dim, long start, long finish, long step) => Aten.SliceTensor.Call(this, dim, start, finish, step);

        public Tensor select(long dim, long index) => Aten.SelectInt.Call(this, dim, index);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Aten.AsStrided.Call(this, size, strides, storageOffset);

        public Tensor unfold(long dimension, long size, long step) => Aten.Unfold.Call(this, dimension, size, step);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Aten.Diagonal.Call(this, offset, dim1, dim2);

        public Tensor[] chunk(long chunks, long dim = 0) => Aten.Chunk.CallList(this, chunks, dim);

        public Tensor[] split(long size, int dim = 0) => Aten.SplitTensor.CallList(this, size, (long)dim);

        public Tensor[] split(long[] sizes, long dim = 0) => Aten.SplitWithSizes.CallList(this, sizes, dim);

        public Tensor[] tensor_split(long size, long dim = 0) => Aten.TensorSplitSections.CallList(this, size, dim);

        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Aten.TensorSplitIndices.CallList(this, sizes, dim);

        public Tensor[] unbind(long dimension = 0) => Aten.UnbindInt.CallList(this, dimension);

        public Tensor flip(params long[] dims) => Aten.Flip.Call(this, dims);

        public Tensor roll(long shifts, long? dims = null) =>
            Aten.Roll.Call(this, new[] { shifts }, dims is { } d ? new[] { d } : Array.Empty<long>());

        public Tensor roll(long[] shifts, long[] dims) => Aten.Roll.Call(this, shifts, dims);

        /// <summary>This tensor, if its elements already lie in row-major order, or a copy. Always a handle of its own.</summary>
        public Tensor contiguous() => Aten.Contiguous.Call(this);

        public Tensor clone() => Aten.Clone.Call(this);

        /// <summary>The same memory, outside of autograd's graph.</summary>
        public Tensor detach() => Aten.Detach.Call(this);

        public Tensor tril(long diagonal = 0) => Aten.Tril.Call(this, diagonal);

        public Tensor triu(long diagonal = 0) => Aten.Triu.Call(this, diagonal);

        public Tensor diag(long diagonal = 0) => Aten.Diag.Call(this, diagonal);

        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Aten.DiagEmbed.Call(this, offset, dim1, dim2);

        public Tensor trace() => Aten.Trace.Call(this);
    }
}
