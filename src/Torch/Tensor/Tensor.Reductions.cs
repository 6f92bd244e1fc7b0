using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Aten.Sum.Call(this, SumType(type));

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Aten.SumDimIntList.Call(this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            sum([dim0, dim1, dim2], keepdim, type);

        public Tensor mean() => Aten.Mean.Call(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Aten.MeanDim.Call(this, dimensions, keepdim, type);

        public Tensor prod(ScalarType? type = null) => Aten.Prod.Call(this, SumType(type));

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Aten.ProdDimInt.Call(this, dim, keepdim, type);

        public Tensor nansum() => Aten.Nansum.Call(this);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Aten.Amax.Call(this, dims, keepdim) : Aten.AmaxOut.CallInPlace(@out, this, dims, keepdim, @out);

        public Tensor amax(params long[] dims) => Aten.Amax.Call(this, dims);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Aten.Amin.Call(this, dims, keepdim) : Aten.AminOut.CallInPlace(@out, this, dims, keepdim, @out);

        public Tensor amin(params long[] dims) => Aten.Amin.Call(this, dims);

        public Tensor max() => Aten.Max.Call(this);

        public Tensor max(Tensor other) => Aten.MaxOther.Call(this, other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Aten.MaxDim.CallPair(this, dim, keepdim);

        public Tensor min() => Aten.Min.Call(this);

        public Tensor min(Tensor other) => Aten.MinOther.Call(this, other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Aten.MinDim.CallPair(this, dim, keepdim);

        public Tensor argmax() => Aten.Argmax.Call(this);

        public Tensor argmax(long dim, bool keepdim = false) => Aten.Argmax.Call(this, dim, keepdim);

        public Tensor argmin() => Aten.Argmin.Call(this);

        public Tensor argmin(long dim, bool keepdim = false) => Aten.Argmin.Call(this, dim, keepdim);

        public Tensor median() => Aten.Median.Call(this);

        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Aten.Mode.CallPair(this, dim, keepdim);

        public Tensor all() => Aten.All.Call(this);

        public Tensor all(long dim, bool keepdim = false) => Aten.AllDim.Call(this, dim, keepdim);

        public Tensor any() => Aten.Any.Call(this);

        public Tensor any(long dim, bool keepdim = false) => Aten.AnyDim.Call(this, dim, keepdim);

        public Tensor count_nonzero(long[]? dims = null) =>
            dims is null ? Aten.CountNonzero.Call(this) : Aten.CountNonzeroDimIntList.Call(this, dims);

        public Tensor std(bool unbiased = true) => Aten.Std.Call(this, unbiased);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Aten.StdDim.Call((type is null ? this : to(type.Value)), dimensions, unbiased, keepdim);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std([dim], unbiased, keepdim, type);

        public Tensor var(bool unbiased = true) => Aten.Var.Call(this, unbiased);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Aten.VarDim.Call((type is null ? this : to(type.Value)), dimensions, unbiased, keepdim);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var([dim], unbiased, keepdim, type);

        /// <summary>The p-norm of all elements.</summary>
        public Tensor norm(float p = 2) => Aten.NormScalar.Call(this, (double)p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2) =>
            Aten.NormScalarOptDim.Call(this, (double)p, new long[] { dim }, keepdim);

        public Tensor dist(Tensor other, float p = 2) => Aten.Dist.Call(this, other, (double)p);

        public Tensor logsumexp(long dim, bool keepdim = false) => Aten.Logsumexp.Call(this, new[] { dim }, keepdim);

        public Tensor logcumsumexp(long dim) => Aten.Logcumsumexp.Call(this, dim);

        public Tensor cumsum(long dim, ScalarType? type = null) => Aten.Cumsum.Call(this, dim, type);

        public Tensor cumprod(long dim, ScalarType? type = null) => Aten.Cumprod.Call(this, dim, type);

        public (Tensor values, Tensor indexes) cummax(long dim) => Aten.Cummax.CallPair(this, dim);

        public (Tensor values, Tensor indexes) cummin(long dim) => Aten.Cummin.CallPair(this, dim);

        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Aten.Diff.Call(this, n, dim, prepend, append);

        /// <summary>The quantiles <paramref name="q"/> (0 to 1, linear interpolation) along a dimension.</summary>
        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Aten.Quantile.Call(this, q, dim, keepdim);

        public Tensor nanquantile(Tensor q, long dim = -1, bool keepdim = false) => Aten.Nanquantile.Call(this, q, dim, keepdim);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Aten.SortStable.CallPair(this, stable, dim, descending);

        public Tensor argsort(long dim = -1, bool descending = false) => Aten.Argsort.Call(this, dim, descending);

        public Tensor msort() => Aten.Msort.Call(this);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Aten.Topk.CallPair(this, (long)k, (long)dim, largest, sorted);

        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) =>
            Aten.Kthvalue.CallPair(this, k, dim ?? -1L, keepdim);

        public Tensor bincount(Tensor? weights, long minlength = 0) => Aten.Bincount.Call(this, weights, minlength);

        public Tensor histc(long bins = 100, long min = 0, long max = 0) => Aten.Histc.Call(this, bins, min, max);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            Aten.BucketizeTensor.Call(this, boundaries, outInt32, right);

        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(
            bool sorted = true, bool return_inverse = false, bool return_counts = false, int? dim = null)
        {
            var (output, inverse, counts) = dim is { } d
                ? Aten.UniqueDim.CallTriple(this, (long)d, sorted, return_inverse, return_counts)
                : Aten.PrivateUnique2.CallTriple(this, sorted, return_inverse, return_counts);
            return (output, Wanted(inverse, return_inverse), Wanted(counts, return_counts));
        }

        /// <summary>sum(0) binds to this overload, as the literal 0 converts to any enum: refused, since no one sums in bytes.</summary>
        private static ScalarType? SumType(ScalarType? type) =>
            type != ScalarType.Byte
                ? type
                : throw new ArgumentException("The literal 0 reads as the type Byte: for dimension 0, write sum(0L) or prod(0L).");

        private static Tensor? Wanted(Tensor tensor, bool wanted)
        {
            if (wanted)
                return tensor;
            tensor.Dispose();
            return null;
        }
    }
}
