namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator CosineSimilarity = new("cosine_similarity");
    internal static readonly Operator Dropout = new("dropout");
    internal static readonly Operator DropoutInPlace = new("dropout_");
    internal static readonly Operator EluInPlace = new("elu_");
    internal static readonly Operator GroupNorm = new("group_norm");
    internal static readonly Operator LayerNorm = new("layer_norm");
    internal static readonly Operator LeakyReluInPlace = new("leaky_relu_");
    internal static readonly Operator Linear = new("linear");
    internal static readonly Operator OneHot = new("one_hot");
}
