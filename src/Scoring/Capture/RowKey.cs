using System.Security.Cryptography;
using System.Text;

namespace Tda.Scoring.Capture;

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

    internal static ulong Mix(ulong x) => new SplitMix64(x).Next();
}
