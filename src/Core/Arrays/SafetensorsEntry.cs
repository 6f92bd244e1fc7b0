namespace Tda.Core.Arrays;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="DType">Element type as the format spells it, such as F32.</param>
/// <param name="Shape">Sizes; none for a scalar.</param>
/// <param name="Begin">First byte, from the start of the data.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsEntry(string DType, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}
