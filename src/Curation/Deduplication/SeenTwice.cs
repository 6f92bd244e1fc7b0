using System.Numerics;

namespace Tda.Curation.Deduplication;

/// <summary>
/// Which of many hashes came at least twice, in two arrays of bits: one that came twice is always told; of the others a share of
/// hashes / bits is told too, 9 % at 200 million. 1 KB a document, 512 MB at the most.
/// </summary>
internal sealed class SeenTwice
{
    private const long BitsOfADocument = 4096;
    private const long FewestBits = 1L << 20;
    private const long MostBits = 1L << 31;
    private const int Word = 64;

    private readonly ulong[] _once;
    private readonly ulong[] _twice;

    /// <param name="documents">How many documents the hashes are of.</param>
    public SeenTwice(int documents)
    {
        var bits = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(documents * BitsOfADocument, FewestBits, MostBits));
        (_once, _twice) = (new ulong[bits / Word], new ulong[bits / Word]);
    }

    /// <summary>Notes a hash. Safe from several threads, and in any order the same hashes are told.</summary>
    public void Note(ulong hash)
    {
        var (word, bit) = Place(hash);
        if ((Interlocked.Or(ref _once[word], bit) & bit) != 0)
        {
            Interlocked.Or(ref _twice[word], bit);
        }
    }

    /// <summary>Whether a hash was noted twice, or another that shares its bit.</summary>
    public bool IsTwice(ulong hash)
    {
        var (word, bit) = Place(hash);
        return (_twice[word] & bit) != 0;
    }

    private (long Word, ulong Bit) Place(ulong hash) => ((long)((hash / Word) & (ulong)(_once.Length - 1)), 1UL << (int)(hash % Word));
}
