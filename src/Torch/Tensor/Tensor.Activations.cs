using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor relu() => Aten.Relu.Call(this);

        public Tensor relu_() => Aten.ReluInPlace.CallInPlace(this, this);

        public Tensor sigmoid() => Aten.Sigmoid.Call(this);

        public Tensor sigmoid_() => Aten.SigmoidInPlace.CallInPlace(this, this);

        public Tensor tanh() => Aten.Tanh.Call(this);

        public Tensor tanh_() => Aten.TanhInPlace.CallInPlace(this, this);

        public Tensor silu() => Aten.Silu.Call(this);

        public Tensor silu_() => Aten.SiluInPlace.CallInPlace(this, this);

        public Tensor selu() => Aten.Selu.Call(this);

        public Tensor selu_() => Aten.SeluInPlace.CallInPlace(this, this);

        public Tensor hardswish() => Aten.Hardswish.Call(this);

        public Tensor hardswish_() => Aten.HardswishInPlace.CallInPlace(this, this);

        public Tensor gelu() => Aten.Gelu.Call(this);

        public Tensor relu6() => Aten.Relu6.Call(this);

        public Tensor log_sigmoid() => Aten.LogSigmoid.Call(this);

        public Tensor leaky_relu(Scalar negative_slope) => Aten.LeakyRelu.Call(this, negative_slope);

        public Tensor elu(double alpha = 1) => Aten.Elu.Call(this, alpha);

        public Tensor softplus(double beta = 1, double threshold = 20) => Aten.Softplus.Call(this, beta, threshold);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.SoftmaxInt.Call(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten.LogSoftmaxInt.Call(this, dim, dtype);

        public Tensor atan2(Tensor other) => Aten.Atan2.Call(this, other);

        public Tensor threshold(Scalar threshold, Scalar value) => Aten.Threshold.Call(this, threshold, value);

        public Tensor logit(double? eps = null) => Aten.Logit.Call(this, eps);
    }
}
