namespace Tda.Torch.Native;

/// <summary>The ATen operators in use, each found in the dispatcher at its first call.</summary>
internal static partial class Aten
{
    internal static readonly Operator Atan2 = new("atan2");
    internal static readonly Operator Elu = new("elu");
    internal static readonly Operator Gelu = new("gelu");
    internal static readonly Operator Hardswish = new("hardswish");
    internal static readonly Operator HardswishInPlace = new("hardswish_");
    internal static readonly Operator LeakyRelu = new("leaky_relu");
    internal static readonly Operator LogSigmoid = new("log_sigmoid");
    internal static readonly Operator LogSoftmaxInt = new("log_softmax", "int");
    internal static readonly Operator Logit = new("logit");
    internal static readonly Operator Relu = new("relu");
    internal static readonly Operator Relu6 = new("relu6");
    internal static readonly Operator ReluInPlace = new("relu_");
    internal static readonly Operator Selu = new("selu");
    internal static readonly Operator SeluInPlace = new("selu_");
    internal static readonly Operator Sigmoid = new("sigmoid");
    internal static readonly Operator SigmoidInPlace = new("sigmoid_");
    internal static readonly Operator Silu = new("silu");
    internal static readonly Operator SiluInPlace = new("silu_");
    internal static readonly Operator SoftmaxInt = new("softmax", "int");
    internal static readonly Operator Softplus = new("softplus");
    internal static readonly Operator Tanh = new("tanh");
    internal static readonly Operator TanhInPlace = new("tanh_");
    internal static readonly Operator Threshold = new("threshold");
}
