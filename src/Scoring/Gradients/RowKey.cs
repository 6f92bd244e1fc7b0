using System.Security.Cryptography;

namespace Tda.Scoring.Gradients;

/// <summary>Deterministic numbers by identity, so that a draw never depends on batch, order, shard or machine.</summary>
public static class RowKey
{
    /// <summary>The key of a row: a hash of the document's id and the row's first label.</summary>
    public static ulong Of(string documentId, int firstLabel) =>
        Mix(BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(documentId)), 0) ^ (ulong)(uint)firstLabel);

    /// <summary>A uniform number in (0, 1) for a seed, a row and a position.</summary>
    public static double Uniform(long seed, ulong key, int position)
    {
        var bits = Mix(Mix(key ^ Mix(unchecked((ulong)seed))) + (ulong)(uint)position);
        return ((bits >> 11) + 0.5) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong x) => SplitMix64.Hash(x);
}

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
