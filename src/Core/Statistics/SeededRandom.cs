namespace Tda.Core.Statistics;

/// <summary>
/// What training and selection draw from <see cref="SplitMix64"/>, whose sequence is fixed by its definition: the same on every platform
/// and with every runtime version, so seeds in old manifests keep their meaning.
/// </summary>
public sealed class SeededRandom(ulong state)
{
    private SplitMix64 _bits = new(state);

    /// <summary>The stream of a seed.</summary>
    public static SeededRandom Of(long seed) => new(SplitMix64.SequenceSeed(seed, 0));

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

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => _bits.Next();

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => _bits.NextDouble();

    /// <summary>Uniform in 0..limit−1; the bias of the multiplication is below limit/2⁶⁴.</summary>
    public int Below(int limit) => _bits.NextInt(limit);

    /// <summary>Fisher–Yates, in place.</summary>
    public void Shuffle<T>(Span<T> items) => _bits.Shuffle(items);

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
