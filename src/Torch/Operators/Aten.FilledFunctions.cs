namespace Tda.Torch.Native;

internal static partial class Aten
{
    internal static readonly Operator ArangeStartStep = new("arange", "start_step");
    internal static readonly Operator EmptyStrided = new("empty_strided");
    internal static readonly Operator EyeM = new("eye", "m");
    internal static readonly Operator Full = new("full");
    internal static readonly Operator Linspace = new("linspace");
}
