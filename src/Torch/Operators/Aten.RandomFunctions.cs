namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator NormalFloatFloat = new("normal", "float_float");
    internal static readonly Operator NormalTensorTensor = new("normal", "Tensor_Tensor");
    internal static readonly Operator RandGenerator = new("rand", "generator");
    internal static readonly Operator RandintLowGenerator = new("randint", "low_generator");
    internal static readonly Operator RandnGenerator = new("randn", "generator");
    internal static readonly Operator RandpermGenerator = new("randperm", "generator");
}
