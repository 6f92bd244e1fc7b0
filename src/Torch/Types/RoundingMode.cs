namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a quotient is rounded: not at all, towards zero, or down.</summary>
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    internal static string? TextOf(this RoundingMode mode) => mode switch
    {
        RoundingMode.trunc => "trunc",
        RoundingMode.floor => "floor",
        _ => null,
    };
}
