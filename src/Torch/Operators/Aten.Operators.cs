namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator RsubScalar = new("rsub", "Scalar");
}
