namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator AddScalar = new("add", "Scalar");
    internal static readonly Operator AddTensor = new("add", "Tensor");
    internal static readonly Operator Addcdiv = new("addcdiv");
    internal static readonly Operator Addcmul = new("addcmul");
    internal static readonly Operator BitwiseAndTensor = new("bitwise_and", "Tensor");
    internal static readonly Operator BitwiseNot = new("bitwise_not");
    internal static readonly Operator BitwiseOrTensor = new("bitwise_or", "Tensor");
    internal static readonly Operator BitwiseXorTensor = new("bitwise_xor", "Tensor");
    internal static readonly Operator Clamp = new("clamp");
    internal static readonly Operator ClampMax = new("clamp_max");
    internal static readonly Operator ClampMin = new("clamp_min");
    internal static readonly Operator ClampTensor = new("clamp", "Tensor");
    internal static readonly Operator DivScalar = new("div", "Scalar");
    internal static readonly Operator DivScalarMode = new("div", "Scalar_mode");
    internal static readonly Operator DivTensor = new("div", "Tensor");
    internal static readonly Operator DivTensorMode = new("div", "Tensor_mode");
    internal static readonly Operator FloorDivide = new("floor_divide");
    internal static readonly Operator FloorDivideScalar = new("floor_divide", "Scalar");
    internal static readonly Operator FmodScalar = new("fmod", "Scalar");
    internal static readonly Operator FmodTensor = new("fmod", "Tensor");
    internal static readonly Operator Hypot = new("hypot");
    internal static readonly Operator LerpTensor = new("lerp", "Tensor");
    internal static readonly Operator Logaddexp = new("logaddexp");
    internal static readonly Operator Maximum = new("maximum");
    internal static readonly Operator Minimum = new("minimum");
    internal static readonly Operator MulScalar = new("mul", "Scalar");
    internal static readonly Operator MulTensor = new("mul", "Tensor");
    internal static readonly Operator NanToNum = new("nan_to_num");
    internal static readonly Operator Positive = new("positive");
    internal static readonly Operator PowTensorScalar = new("pow", "Tensor_Scalar");
    internal static readonly Operator PowTensorTensor = new("pow", "Tensor_Tensor");
    internal static readonly Operator RemainderScalar = new("remainder", "Scalar");
    internal static readonly Operator RemainderTensor = new("remainder", "Tensor");
    internal static readonly Operator Round = new("round");
    internal static readonly Operator RoundDecimals = new("round", "decimals");
    internal static readonly Operator RoundInPlace = new("round_");
    internal static readonly Operator RoundInPlaceDecimals = new("round_", "decimals");
    internal static readonly Operator SubScalar = new("sub", "Scalar");
    internal static readonly Operator SubTensor = new("sub", "Tensor");
    internal static readonly Operator XlogyTensor = new("xlogy", "Tensor");
}
