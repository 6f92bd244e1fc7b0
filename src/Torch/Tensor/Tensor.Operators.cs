using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => Aten.AddTensor.Call(left, right);

        public static Tensor operator +(Tensor left, Scalar right) => Aten.AddScalar.Call(left, right);

        public static Tensor operator +(Scalar left, Tensor right) => Aten.AddScalar.Call(right, left);

        public static Tensor operator +(Tensor left, int right) => Aten.AddScalar.Call(left, (long)right);

        public static Tensor operator +(Tensor left, long right) => Aten.AddScalar.Call(left, right);

        public static Tensor operator +(Tensor left, float right) => Aten.AddScalar.Call(left, (double)right);

        public static Tensor operator +(Tensor left, double right) => Aten.AddScalar.Call(left, right);

        public static Tensor operator +(int left, Tensor right) => Aten.AddScalar.Call(right, (long)left);

        public static Tensor operator +(long left, Tensor right) => Aten.AddScalar.Call(right, left);

        public static Tensor operator +(float left, Tensor right) => Aten.AddScalar.Call(right, (double)left);

        public static Tensor operator +(double left, Tensor right) => Aten.AddScalar.Call(right, left);

        public static Tensor operator *(Tensor left, Tensor right) => Aten.MulTensor.Call(left, right);

        public static Tensor operator *(Tensor left, Scalar right) => Aten.MulScalar.Call(left, right);

        public static Tensor operator *(Scalar left, Tensor right) => Aten.MulScalar.Call(right, left);

        public static Tensor operator *(Tensor left, int right) => Aten.MulScalar.Call(left, (long)right);

        public static Tensor operator *(Tensor left, long right) => Aten.MulScalar.Call(left, right);

        public static Tensor operator *(Tensor left, float right) => Aten.MulScalar.Call(left, (double)right);

        public static Tensor operator *(Tensor left, double right) => Aten.MulScalar.Call(left, right);

        public static Tensor operator *(int left, Tensor right) => Aten.MulScalar.Call(right, (long)left);

        public static Tensor operator *(long left, Tensor right) => Aten.MulScalar.Call(right, left);

        public static Tensor operator *(float left, Tensor right) => Aten.MulScalar.Call(right, (double)left);

        public static Tensor operator *(double left, Tensor right) => Aten.MulScalar.Call(right, left);

        public static Tensor operator -(Tensor left, Tensor right) => Aten.SubTensor.Call(left, right);

        public static Tensor operator -(Tensor left, Scalar right) => Aten.SubScalar.Call(left, right);

        public static Tensor operator -(Scalar left, Tensor right) => Aten.RsubScalar.Call(right, left);

        public static Tensor operator -(Tensor left, int right) => Aten.SubScalar.Call(left, (long)right);

        public static Tensor operator -(Tensor left, long right) => Aten.SubScalar.Call(left, right);

        public static Tensor operator -(Tensor left, float right) => Aten.SubScalar.Call(left, (double)right);

        public static Tensor operator -(Tensor left, double right) => Aten.SubScalar.Call(left, right);

        public static Tensor operator -(int left, Tensor right) => Aten.RsubScalar.Call(right, (long)left);

        public static Tensor operator -(long left, Tensor right) => Aten.RsubScalar.Call(right, left);

        public static Tensor operator -(float left, Tensor right) => Aten.RsubScalar.Call(right, (double)left);

        public static Tensor operator -(double left, Tensor right) => Aten.RsubScalar.Call(right, left);

        public static Tensor operator /(Tensor left, Tensor right) => Aten.DivTensor.Call(left, right);

        public static Tensor operator /(Tensor left, Scalar right) => Aten.DivScalar.Call(left, right);

        public static Tensor operator /(Scalar left, Tensor right) => right.reciprocal_times(left);

        public static Tensor operator /(Tensor left, int right) => Aten.DivScalar.Call(left, (long)right);

        public static Tensor operator /(Tensor left, long right) => Aten.DivScalar.Call(left, right);

        public static Tensor operator /(Tensor left, float right) => Aten.DivScalar.Call(left, (double)right);

        public static Tensor operator /(Tensor left, double right) => Aten.DivScalar.Call(left, right);

        public static Tensor operator /(int left, Tensor right) => right.reciprocal_times((long)left);

        public static Tensor operator /(long left, Tensor right) => right.reciprocal_times(left);

        public static Tensor operator /(float left, Tensor right) => right.reciprocal_times((double)left);

        public static Tensor operator /(double left, Tensor right) => right.reciprocal_times(left);

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);

        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);

        public static Tensor operator %(Tensor left, int right) => left.remainder(right);

        public static Tensor operator %(Tensor left, long right) => left.remainder(right);

        public static Tensor operator %(Tensor left, float right) => left.remainder(right);

        public static Tensor operator %(Tensor left, double right) => left.remainder(right);

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator ~(Tensor left) => left.bitwise_not();

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);

        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);

        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);

        /// <summary>value / this. ATen has no such operator: as in PyTorch itself, reciprocal, then a product.</summary>
        private Tensor reciprocal_times(Value value)
        {
            using var inverse = Aten.Reciprocal.Call(this);
            return Aten.MulScalar.Call(inverse, value);
        }
    }
}
