namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator ArangeStartStep = new("arange", "start_step");
    internal static readonly Operator Bernoulli = new("bernoulli");
    internal static readonly Operator BernoulliInPlaceFloat = new("bernoulli_", "float");
    internal static readonly Operator EmptyLike = new("empty_like");
    internal static readonly Operator EmptyMemoryFormat = new("empty", "memory_format");
    internal static readonly Operator EmptyStrided = new("empty_strided");
    internal static readonly Operator ExponentialInPlace = new("exponential_");
    internal static readonly Operator EyeM = new("eye", "m");
    internal static readonly Operator Full = new("full");
    internal static readonly Operator FullLike = new("full_like");
    internal static readonly Operator Linspace = new("linspace");
    internal static readonly Operator Multinomial = new("multinomial");
    internal static readonly Operator NormalFloatFloat = new("normal", "float_float");
    internal static readonly Operator NormalInPlace = new("normal_");
    internal static readonly Operator NormalTensorTensor = new("normal", "Tensor_Tensor");
    internal static readonly Operator Ones = new("ones");
    internal static readonly Operator OnesLike = new("ones_like");
    internal static readonly Operator RandGenerator = new("rand", "generator");
    internal static readonly Operator RandLike = new("rand_like");
    internal static readonly Operator RandintLikeLowDtype = new("randint_like", "low_dtype");
    internal static readonly Operator RandintLowGenerator = new("randint", "low_generator");
    internal static readonly Operator RandnGenerator = new("randn", "generator");
    internal static readonly Operator RandnLike = new("randn_like");
    internal static readonly Operator RandomInPlaceFrom = new("random_", "from");
    internal static readonly Operator RandpermGenerator = new("randperm", "generator");
    internal static readonly Operator UniformInPlace = new("uniform_");
    internal static readonly Operator Zeros = new("zeros");
    internal static readonly Operator ZerosLike = new("zeros_like");
}
