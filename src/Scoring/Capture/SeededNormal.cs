using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>Standard normal numbers by Box and Muller over hashed uniforms: the same on every provider and device.</summary>
internal static class SeededNormal
{
    /// <summary>Float64 of a shape, a function of key and seed.</summary>
    public static Tensor Draw(long[] shape, ulong key, long seed)
    {
        var values = new double[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = Math.Sqrt(-2 * Math.Log(RowKey.Uniform(seed, key, i)));
            var (sin, cos) = Math.SinCos(2 * Math.PI * RowKey.Uniform(seed, key, i + 1));
            values[i] = radius * cos;
            if (i + 1 < values.Length)
            {
                values[i + 1] = radius * sin;
            }
        }
        return tensor(values, shape, dtype: ScalarType.Float64);
    }
}
