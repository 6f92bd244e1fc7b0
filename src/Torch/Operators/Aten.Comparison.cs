namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator Allclose = new("allclose");
    internal static readonly Operator EqScalar = new("eq", "Scalar");
    internal static readonly Operator EqTensor = new("eq", "Tensor");
    internal static readonly Operator GeScalar = new("ge", "Scalar");
    internal static readonly Operator GeTensor = new("ge", "Tensor");
    internal static readonly Operator GtScalar = new("gt", "Scalar");
    internal static readonly Operator GtTensor = new("gt", "Tensor");
    internal static readonly Operator IsNonzero = new("is_nonzero");
    internal static readonly Operator Isclose = new("isclose");
    internal static readonly Operator Isfinite = new("isfinite");
    internal static readonly Operator IsinTensorTensor = new("isin", "Tensor_Tensor");
    internal static readonly Operator Isinf = new("isinf");
    internal static readonly Operator Isnan = new("isnan");
    internal static readonly Operator Isneginf = new("isneginf");
    internal static readonly Operator Isposinf = new("isposinf");
    internal static readonly Operator LeScalar = new("le", "Scalar");
    internal static readonly Operator LeTensor = new("le", "Tensor");
    internal static readonly Operator LogicalAnd = new("logical_and");
    internal static readonly Operator LogicalNot = new("logical_not");
    internal static readonly Operator LogicalOr = new("logical_or");
    internal static readonly Operator LogicalXor = new("logical_xor");
    internal static readonly Operator LtScalar = new("lt", "Scalar");
    internal static readonly Operator LtTensor = new("lt", "Tensor");
    internal static readonly Operator NeScalar = new("ne", "Scalar");
    internal static readonly Operator NeTensor = new("ne", "Tensor");
    internal static readonly Operator Signbit = new("signbit");
    internal static readonly Operator WhereSelf = new("where", "self");
}
