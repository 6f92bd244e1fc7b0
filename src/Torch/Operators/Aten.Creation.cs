namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Bernoulli = new("bernoulli");
    internal static readonly Operator BernoulliInPlaceFloat = new("bernoulli_", "float");
    internal static readonly Operator EmptyLike = new("empty_like");
    internal static readonly Operator ExponentialInPlace = new("exponential_");
    internal static readonly Operator FullLike = new("full_like");
    internal static readonly Operator Multinomial = new("multinomial");
    internal static readonly Operator NormalInPlace = new("normal_");
    internal static readonly Operator OnesLike = new("ones_like");
    internal static readonly Operator RandLike = new("rand_like");
    internal static readonly Operator RandintLikeLowDtype = new("randint_like", "low_dtype");
    internal static readonly Operator RandnLike = new("randn_like");
    internal static readonly Operator RandomInPlaceFrom = new("random_", "from");
    internal static readonly Operator UniformInPlace = new("uniform_");
    internal static readonly Operator ZerosLike = new("zeros_like");
}
