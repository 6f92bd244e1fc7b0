namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator BinaryCrossEntropy = new("binary_cross_entropy");
    internal static readonly Operator BinaryCrossEntropyWithLogits = new("binary_cross_entropy_with_logits");
    internal static readonly Operator CrossEntropyLoss = new("cross_entropy_loss");
    internal static readonly Operator KlDiv = new("kl_div");
    internal static readonly Operator L1Loss = new("l1_loss");
    internal static readonly Operator MseLoss = new("mse_loss");
    internal static readonly Operator NllLossNd = new("nll_loss_nd");
}
