using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor positive() => Aten.Positive.Call(this);

        public Tensor negative() => neg();

        public Tensor absolute() => abs();

        public Tensor round(long decimals = 0) => decimals == 0 ? Aten.Round.Call(this) : Aten.RoundDecimals.Call(this, decimals);

        public Tensor round_(long decimals = 0) =>
            decimals == 0 ? Aten.RoundInPlace.CallInPlace(this, this) : Aten.RoundInPlaceDecimals.CallInPlace(this, this, decimals);

        public Tensor add(Tensor target) => Aten.AddTensor.Call(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Aten.AddTensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => Aten.AddScalar.Call(this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => Aten.AddScalar.Call(this, scalar, alpha);

        public Tensor sub(Tensor target) => Aten.SubTensor.Call(this, target);

        public Tensor sub(Scalar target) => Aten.SubScalar.Call(this, target);

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor mul(Tensor target) => Aten.MulTensor.Call(this, target);

        public Tensor mul(Scalar target) => Aten.MulScalar.Call(this, target);

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? Aten.DivTensor.Call(this, target)
                : Aten.DivTensorMode.Call(this, target, rounding_mode.TextOf());

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? Aten.DivScalar.Call(this, target)
                : Aten.DivScalarMode.Call(this, target, rounding_mode.TextOf());

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor true_divide(Tensor other) => div(other);

        public Tensor true_divide(Scalar other) => div(other);

        public Tensor floor_divide(Tensor other) => Aten.FloorDivide.Call(this, other);

        public Tensor floor_divide(Scalar other) => Aten.FloorDivideScalar.Call(this, other);

        public Tensor remainder(Tensor target) => Aten.RemainderTensor.Call(this, target);

        public Tensor remainder(Scalar scalar) => Aten.RemainderScalar.Call(this, scalar);

        public Tensor fmod(Tensor target) => Aten.FmodTensor.Call(this, target);

        public Tensor fmod(Scalar scalar) => Aten.FmodScalar.Call(this, scalar);

        public Tensor pow(Tensor exponent) => Aten.PowTensorTensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => Aten.PowTensorScalar.Call(this, exponent);

        /// <summary>this + value · tensor1 · tensor2.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.Addcmul.Call(this, tensor1, tensor2, value);

        /// <summary>this + value · tensor1 / tensor2.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.Addcdiv.Call(this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Aten.Addcdiv.Call(this, tensor1, tensor2);

        public Tensor lerp(Tensor end, Tensor weight) => Aten.LerpTensor.Call(this, end, weight);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.Clamp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Aten.ClampTensor.Call(this, min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_max(Scalar max) => Aten.ClampMax.Call(this, max);

        public Tensor clamp_min(Scalar min) => Aten.ClampMin.Call(this, min);

        public Tensor maximum(Tensor other) => Aten.Maximum.Call(this, other);

        public Tensor minimum(Tensor other) => Aten.Minimum.Call(this, other);

        public Tensor hypot(Tensor other) => Aten.Hypot.Call(this, other);

        public Tensor logaddexp(Tensor other) => Aten.Logaddexp.Call(this, other);

        public Tensor xlogy(Tensor y) => Aten.XlogyTensor.Call(this, y);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) =>
            Aten.NanToNum.Call(this, nan, posinf, neginf);

        public Tensor bitwise_and(Tensor other) => Aten.BitwiseAndTensor.Call(this, other);

        public Tensor bitwise_or(Tensor other) => Aten.BitwiseOrTensor.Call(this, other);

        public Tensor bitwise_xor(Tensor other) => Aten.BitwiseXorTensor.Call(this, other);

        public Tensor bitwise_not() => Aten.BitwiseNot.Call(this);
    }
}
