namespace Tda.Core.Statistics;

/// <summary>
/// Steele, Lea and Flood's SplitMix64: a generator whose whole state is one number, so that each sequence has its own and
/// its draws don't depend on its neighbours in a batch. Its sequence is fixed by its definition: the same on every platform
/// and with every runtime version, so seeds in old manifests keep their meaning.
/// </summary>
public sealed class SplitMix64(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15UL;

    private ulong _state = seed;

    /// <summary>The stream of a seed.</summary>
    public static SplitMix64 Of(long seed) => new(SequenceSeed(seed, 0));

    /// <summary>The stream of a seed and a name: independent streams of one run.</summary>
    public static SplitMix64 Of(long seed, string stream)
    {
        var hash = 0xCBF29CE484222325; // FNV-1a
        foreach (var b in Encoding.UTF8.GetBytes(stream))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return new SplitMix64(Hash((ulong)seed ^ Hash(hash)));
    }

    /// <summary>The seed of the <paramref name="index"/>-th sequence of a request with <paramref name="seed"/>.</summary>
    public static ulong SequenceSeed(long seed, int index)
    {
        var first = Hash(unchecked((ulong)seed));
        return index == 0 ? first : Hash(first ^ ((ulong)index * 0xD1342543DE82EF95UL));
    }

    /// <summary>The first 64 bits of a seed's sequence.</summary>
    public static ulong Hash(ulong seed)
    {
        var z = seed + Step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var bits = Hash(_state);
        _state += Step;
        return bits;
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number in [0, <paramref name="bound"/>); the bias of the multiplication is below bound/2⁶⁴.</summary>
    public int NextInt(int bound) => (int)(((UInt128)Next() * (ulong)bound) >> 64);

    /// <summary>A number from N(0, 1), by Box and Muller; takes two draws.</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Numbers from N(0, scale²), by Box and Muller.</summary>
    public float[] Normals(long count, double scale)
    {
        var values = new float[count];
        for (long i = 0; i < count; i += 2)
        {
            var radius = scale * Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
            (var sin, var cos) = Math.SinCos(2 * Math.PI * NextDouble());
            values[i] = (float)(radius * cos);
            if (i + 1 < count)
            {
                values[i + 1] = (float)(radius * sin);
            }
        }

        return values;
    }

    /// <summary>Puts the items into random order, in place (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>0 to <paramref name="count"/> − 1 in random order.</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Shuffle<int>(order);
        return order;
    }
}
