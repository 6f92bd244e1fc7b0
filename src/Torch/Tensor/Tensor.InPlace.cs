using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor add_(Tensor target) => Aten.AddInPlaceTensor.CallInPlace(this, this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Aten.AddInPlaceTensor.CallInPlace(this, this, target, alpha);

        public Tensor add_(Scalar scalar) => Aten.AddInPlaceScalar.CallInPlace(this, this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) => Aten.AddInPlaceScalar.CallInPlace(this, this, scalar, alpha);

        public Tensor sub_(Tensor target) => Aten.SubInPlaceTensor.CallInPlace(this, this, target);

        public Tensor sub_(Scalar target) => Aten.SubInPlaceScalar.CallInPlace(this, this, target);

        public Tensor mul_(Tensor target) => Aten.MulInPlaceTensor.CallInPlace(this, this, target);

        public Tensor mul_(Scalar target) => Aten.MulInPlaceScalar.CallInPlace(this, this, target);

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? Aten.DivInPlaceTensor.CallInPlace(this, this, target)
                : Aten.DivInPlaceTensorMode.CallInPlace(this, this, target, rounding_mode.TextOf());

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? Aten.DivInPlaceScalar.CallInPlace(this, this, target)
                : Aten.DivInPlaceScalarMode.CallInPlace(this, this, target, rounding_mode.TextOf());

        public Tensor remainder_(Scalar scalar) => Aten.RemainderInPlaceScalar.CallInPlace(this, this, scalar);

        public Tensor pow_(Tensor exponent) => Aten.PowInPlaceTensor.CallInPlace(this, this, exponent);

        public Tensor pow_(Scalar exponent) => Aten.PowInPlaceScalar.CallInPlace(this, this, exponent);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Aten.AddcmulInPlace.CallInPlace(this, this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Aten.AddcdivInPlace.CallInPlace(this, this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Aten.AddcdivInPlace.CallInPlace(this, this, tensor1, tensor2);

        public Tensor lerp_(Tensor end, Tensor weight) => Aten.LerpInPlaceTensor.CallInPlace(this, this, end, weight);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Aten.ClampInPlace.CallInPlace(this, this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Aten.ClampInPlaceTensor.CallInPlace(this, this, min, max);

        public Tensor clamp_max_(Scalar max) => Aten.ClampMaxInPlace.CallInPlace(this, this, max);

        public Tensor clamp_min_(Scalar min) => Aten.ClampMinInPlace.CallInPlace(this, this, min);

        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null) =>
            Aten.NanToNumInPlace.CallInPlace(this, this, nan, posinf, neginf);

        public Tensor bitwise_and_(Tensor other) => Aten.BitwiseAndInPlaceTensor.CallInPlace(this, this, other);

        public Tensor bitwise_or_(Tensor other) => Aten.BitwiseOrInPlaceTensor.CallInPlace(this, this, other);

        public Tensor logical_and_(Tensor other) => Aten.LogicalAndInPlace.CallInPlace(this, this, other);

        public Tensor logical_or_(Tensor other) => Aten.LogicalOrInPlace.CallInPlace(this, this, other);

        public Tensor logical_not_() => Aten.LogicalNotInPlace.CallInPlace(this, this);

        public Tensor fill_(Scalar value) => Aten.FillInPlaceScalar.CallInPlace(this, this, value);

        public Tensor zero_() => Aten.ZeroInPlace.CallInPlace(this, this);

        /// <summary>Copies the values in, converting type and device; shapes broadcast.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Aten.CopyInPlace.CallInPlace(this, this, source, nonBlocking);

        public Tensor set_(Tensor source) => Aten.SetInPlaceSourceTensor.CallInPlace(this, this, source);

        public Tensor detach_() => Aten.DetachInPlace.CallInPlace(this, this);

        public Tensor masked_fill_(Tensor mask, Scalar value) => Aten.MaskedFillInPlaceScalar.CallInPlace(this, this, mask, value);

        public Tensor masked_scatter_(Tensor mask, Tensor value) => Aten.MaskedScatterInPlace.CallInPlace(this, this, mask, value);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Aten.IndexAddInPlace.CallInPlace(this, this, dim, index, source, alpha);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Aten.IndexCopyInPlace.CallInPlace(this, this, dim, index, source);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Aten.IndexFillInPlaceIntScalar.CallInPlace(this, this, dim, index, value);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Aten.ScatterInPlaceSrc.CallInPlace(this, this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Aten.ScatterAddInPlace.CallInPlace(this, this, dim, index, src);

        public Tensor tril_(long diagonal = 0) => Aten.TrilInPlace.CallInPlace(this, this, diagonal);

        public Tensor triu_(long diagonal = 0) => Aten.TriuInPlace.CallInPlace(this, this, diagonal);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Aten.AddmmInPlace.CallInPlace(this, this, mat1, mat2, (double)beta, (double)alpha);

        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Aten.AddmvInPlace.CallInPlace(this, this, mat, vec, (double)beta, (double)alpha);

        public Tensor addr_(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
            Aten.AddrInPlace.CallInPlace(this, this, vec1, vec2, (double)beta, (double)alpha);

        public Tensor squeeze_(long? dim = null) =>
            dim is { } d ? Aten.SqueezeInPlaceDim.CallInPlace(this, this, d) : Aten.SqueezeInPlace.CallInPlace(this, this);

        public Tensor unsqueeze_(long dim) => Aten.UnsqueezeInPlace.CallInPlace(this, this, dim);

        public Tensor transpose_(long dim0, long dim1) => Aten.TransposeInPlace.CallInPlace(this, this, dim0, dim1);
    }
}
