using System.Text;

namespace Tda.ProxyTrainer.Randomness;

/// <summary>
/// A small generator (Steele, Lea and Flood 2014) whose sequence is fixed by its definition: the same on every platform
/// and with every runtime version, so seeds in old manifests keep their meaning.
/// </summary>
internal sealed class SplitMix64(ulong state)
{
    private ulong _state = state;

    /// <summary>A start that depends on a seed and a name: independent streams of one run.</summary>
    public static ulong Mix(long seed, string stream)
    {
        ulong hash = 0xCBF29CE484222325; // FNV-1a
        foreach (byte b in Encoding.UTF8.GetBytes(stream))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return new SplitMix64((ulong)seed ^ new SplitMix64(hash).Next()).Next();
    }

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0..limit−1; the bias of the multiplication is below limit/2⁶⁴.</summary>
    public int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>Fisher–Yates, in place.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>N(0, scale²) by Box and Muller.</summary>
    public float[] Normals(long count, double scale)
    {
        var values = new float[count];
        for (long i = 0; i < count; i += 2)
        {
            double radius = scale * Math.Sqrt(-2 * Math.Log(1 - Uniform()));
            (double sin, double cos) = Math.SinCos(2 * Math.PI * Uniform());
            values[i] = (float)(radius * cos);
            if (i + 1 < count)
            {
                values[i + 1] = (float)(radius * sin);
            }
        }

        return values;
    }
}
