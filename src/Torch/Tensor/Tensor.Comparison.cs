using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor eq(Tensor target) => Aten.EqTensor.Call(this, target);

        public Tensor eq(Scalar target) => Aten.EqScalar.Call(this, target);

        public Tensor ne(Tensor target) => Aten.NeTensor.Call(this, target);

        public Tensor ne(Scalar target) => Aten.NeScalar.Call(this, target);

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor lt(Tensor target) => Aten.LtTensor.Call(this, target);

        public Tensor lt(Scalar target) => Aten.LtScalar.Call(this, target);

        public Tensor less(Tensor target) => lt(target);

        public Tensor le(Tensor target) => Aten.LeTensor.Call(this, target);

        public Tensor le(Scalar target) => Aten.LeScalar.Call(this, target);

        public Tensor less_equal(Tensor target) => le(target);

        public Tensor gt(Tensor target) => Aten.GtTensor.Call(this, target);

        public Tensor gt(Scalar target) => Aten.GtScalar.Call(this, target);

        public Tensor greater(Tensor target) => gt(target);

        public Tensor ge(Tensor target) => Aten.GeTensor.Call(this, target);

        public Tensor ge(Scalar target) => Aten.GeScalar.Call(this, target);

        public Tensor greater_equal(Tensor target) => ge(target);

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);

        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);

        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);

        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);

        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);

        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);

        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);

        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);

        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);

        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);

        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);

        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);

        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);

        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);

        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);

        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);

        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);

        public Tensor isnan() => Aten.Isnan.Call(this);

        public Tensor isinf() => Aten.Isinf.Call(this);

        public Tensor isfinite() => Aten.Isfinite.Call(this);

        public Tensor isposinf() => Aten.Isposinf.Call(this);

        public Tensor isneginf() => Aten.Isneginf.Call(this);

        public Tensor logical_not() => Aten.LogicalNot.Call(this);

        public Tensor signbit() => Aten.Signbit.Call(this);

        public Tensor equal(Tensor target) => eq(target);

        public Tensor logical_and(Tensor other) => Aten.LogicalAnd.Call(this, other);

        public Tensor logical_or(Tensor other) => Aten.LogicalOr.Call(this, other);

        public Tensor logical_xor(Tensor other) => Aten.LogicalXor.Call(this, other);

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Aten.Isclose.Call(this, other, rtol, atol, nanEqual);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Aten.Allclose.CallBool(this, target, rtol, atol, equal_nan);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Aten.IsinTensorTensor.Call(this, test_elements, assumeUnique, invert);

        /// <summary>This where the condition holds, <paramref name="y"/> elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => Aten.WhereSelf.Call(condition, this, y);

        public bool is_nonzero() => Aten.IsNonzero.CallBool(this);
    }
}
