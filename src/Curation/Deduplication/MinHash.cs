using System.Numerics;

namespace Tda.Curation.Deduplication;

/// <summary>
/// MinHash in bands (Broder 1997; Leskovec, Rajaraman and Ullman, <i>Mining of Massive Datasets</i>, 3.3–3.4): of two sets with Jaccard
/// similarity s each of the hash functions has the same smallest value with probability s, so that all rows of a band agree with
/// probability s^rows, and those of at least one band with 1 − (1 − s^rows)^bands.
/// </summary>
/// <param name="Bands">Bands, at least 1.</param>
/// <param name="Rows">Hash functions of a band, at least 1.</param>
internal sealed record MinHash(int Bands, int Rows)
{
    private const int MostHashes = 128;
    private const long Seed = 20261201; // part of the rule: another seed finds other pairs

    private readonly (uint[] Factors, uint[] Shifts) _functions = Functions(Bands * Rows);

    /// <summary>
    /// The bands that find a pair at the threshold with at least this probability, with as many rows as 128 hash functions allow: the more
    /// rows, the fewer pairs below the threshold are looked at.
    /// </summary>
    /// <param name="threshold">Similarity from which a pair is wanted, above 0 and at most 1.</param>
    /// <param name="recall">Share of the pairs at the threshold that are to be found, above 0 and below 1.</param>
    public static MinHash For(double threshold, double recall)
    {
        double Needed(int rows) => Math.Max(1, Math.Ceiling(Math.Log(1 - recall) / Math.Log(1 - Math.Max(1e-9, Math.Pow(threshold, rows))))); // not ln 1
        var rows = MostHashes;
        while (rows > 1 && Needed(rows) * rows > MostHashes)
        {
            rows--;
        }

        return new MinHash((int)Needed(rows), rows);
    }

    /// <summary>Probability that a pair of this similarity shares a band.</summary>
    public double Probability(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, Rows), Bands);

    /// <summary>A key for each band: sets that agree in all rows of a band have its key in common.</summary>
    /// <param name="shingles">The set; what comes twice counts once. Not empty.</param>
    /// <param name="keys">Is filled: as many as there are bands.</param>
    /// <remarks>Keys have 32 bits. Of unlike documents one pair in 2³² shares one by accident, and verifying refuses it.</remarks>
    public void Read(ReadOnlySpan<ulong> shingles, Span<uint> keys)
    {
        var smallest = Smallest(shingles);
        for (var band = 0; band < Bands; band++)
        {
            var key = 0UL;
            foreach (var value in smallest.Slice(band * Rows, Rows))
            {
                key = SplitMix64.Hash(key ^ value);
            }

            keys[band] = (uint)(key >> 32);
        }
    }

    /// <summary>
    /// The smallest value of each hash function a·x + b (mod 2³²), a odd, over the upper halves x of the hashes. Four vectors of functions
    /// at a time stay in registers while the set passes by: 200 n-grams and 128 functions take some 3 µs.
    /// </summary>
    private ReadOnlySpan<uint> Smallest(ReadOnlySpan<ulong> shingles)
    {
        const int together = 4;
        var width = Vector<uint>.Count;
        var (factors, shifts) = _functions;
        var smallest = new uint[factors.Length];
        for (var i = 0; i < factors.Length; i += together * width)
        {
            var (a0, a1, a2, a3) = (At(factors, i), At(factors, i + width), At(factors, i + (2 * width)), At(factors, i + (3 * width)));
            var (b0, b1, b2, b3) = (At(shifts, i), At(shifts, i + width), At(shifts, i + (2 * width)), At(shifts, i + (3 * width)));
            var (m0, m1, m2, m3) = (Vector<uint>.AllBitsSet, Vector<uint>.AllBitsSet, Vector<uint>.AllBitsSet, Vector<uint>.AllBitsSet);
            foreach (var shingle in shingles)
            {
                var x = new Vector<uint>((uint)(shingle >> 32));
                m0 = Vector.Min(m0, (a0 * x) + b0);
                m1 = Vector.Min(m1, (a1 * x) + b1);
                m2 = Vector.Min(m2, (a2 * x) + b2);
                m3 = Vector.Min(m3, (a3 * x) + b3);
            }

            m0.CopyTo(smallest, i);
            m1.CopyTo(smallest, i + width);
            m2.CopyTo(smallest, i + (2 * width));
            m3.CopyTo(smallest, i + (3 * width));
        }

        return smallest;
    }

    private static Vector<uint> At(uint[] values, int i) => new(values, i);

    /// <summary>As many functions as are wanted, and more to fill the last vectors.</summary>
    private static (uint[] Factors, uint[] Shifts) Functions(int count)
    {
        const int whole = 64; // four of the longest vectors
        var random = SplitMix64.Of(Seed, "minhash");
        var (factors, shifts) = (new uint[(count + whole - 1) / whole * whole], new uint[(count + whole - 1) / whole * whole]);
        for (var i = 0; i < factors.Length; i++)
        {
            (factors[i], shifts[i]) = ((uint)random.Next() | 1, (uint)random.Next());
        }

        return (factors, shifts);
    }
}
