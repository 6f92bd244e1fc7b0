namespace Tda.Core.Arrays;

/// <summary>NumPy's names of the element types, little-endian.</summary>
internal static class NpyElement
{
    /// <exception cref="NotSupportedException">A type that Tda's files don't hold.</exception>
    public static string DescriptionOf<T>() => default(T) switch
    {
        float => "<f4",
        double => "<f8",
        Half => "<f2",
        int => "<i4",
        long => "<i8",
        uint => "<u4",
        byte => "|u1",
        sbyte => "|i1",
        bool => "|b1",
        _ => throw new NotSupportedException($"npy files of {typeof(T).Name} are not supported"),
    };
}
