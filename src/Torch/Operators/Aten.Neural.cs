namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Atan2 = new("atan2");
    internal static readonly Operator BinaryCrossEntropy = new("binary_cross_entropy");
    internal static readonly Operator BinaryCrossEntropyWithLogits = new("binary_cross_entropy_with_logits");
    internal static readonly Operator CosineSimilarity = new("cosine_similarity");
    internal static readonly Operator CrossEntropyLoss = new("cross_entropy_loss");
    internal static readonly Operator Dropout = new("dropout");
    internal static readonly Operator DropoutInPlace = new("dropout_");
    internal static readonly Operator Elu = new("elu");
    internal static readonly Operator EluInPlace = new("elu_");
    internal static readonly Operator Gelu = new("gelu");
    internal static readonly Operator GroupNorm = new("group_norm");
    internal static readonly Operator Hardswish = new("hardswish");
    internal static readonly Operator HardswishInPlace = new("hardswish_");
    internal static readonly Operator KlDiv = new("kl_div");
    internal static readonly Operator L1Loss = new("l1_loss");
    internal static readonly Operator LayerNorm = new("layer_norm");
    internal static readonly Operator LeakyRelu = new("leaky_relu");
    internal static readonly Operator LeakyReluInPlace = new("leaky_relu_");
    internal static readonly Operator Linear = new("linear");
    internal static readonly Operator LogSigmoid = new("log_sigmoid");
    internal static readonly Operator LogSoftmaxInt = new("log_softmax", "int");
    internal static readonly Operator Logit = new("logit");
    internal static readonly Operator MseLoss = new("mse_loss");
    internal static readonly Operator NllLossNd = new("nll_loss_nd");
    internal static readonly Operator OneHot = new("one_hot");
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
