using System.Text;

namespace Tda.ProxyTrainer.Randomness;

/// <summary>
/// What training draws from <see cref="SplitMix64"/>, whose sequence is fixed by its definition: the same on every platform
/// and with every runtime version, so seeds in old manifests keep their meaning.
/// </summary>
internal sealed class SeededRandom(ulong state)
{
    private SplitMix64 _bits = new(state);

    /// <summary>A start that depends on a seed and a name: independent streams of one run.</summary>
    public static ulong Mix(long seed, string stream)
    {
        var hash = 0xCBF29CE484222325; // FNV-1a
        foreach (var b in Encoding.UTF8.GetBytes(stream))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return new SplitMix64((ulong)seed ^ new SplitMix64(hash).Next()).Next();
    }

    public ulong Next() => _bits.Next();

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => _bits.NextDouble();

    /// <summary>Uniform in 0..limit−1; the bias of the multiplication is below limit/2⁶⁴.</summary>
    public int Below(int limit) => _bits.NextInt(limit);

    /// <summary>Fisher–Yates, in place.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>N(0, scale²) by Box and Muller.</summary>
    public float[] Normals(long count, double scale)
    {
        var values = new float[count];
        for (long i = 0; i < count; i += 2)
        {
            var radius = scale * Math.Sqrt(-2 * Math.Log(1 - Uniform()));
            (var sin, var cos) = Math.SinCos(2 * Math.PI * Uniform());
            values[i] = (float)(radius * cos);
            if (i + 1 < count)
            {
                values[i + 1] = (float)(radius * sin);
            }
        }

        return values;
    }
}
