using System.Security.Cryptography;

namespace Tda.Core.Exchanges;

/// <summary>
/// A session's hash chain: each link is SHA-256 of the link before and of the exchange's digest, so that an exchange can't
/// be changed, left out, put in or moved without changing every link after it.
/// </summary>
public static class ExchangeChain
{
    /// <summary>Bytes of a link.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>The link before a session's first exchange.</summary>
    public static byte[] Start(string sessionId) => SHA256.HashData(Encoding.UTF8.GetBytes($"tda exchange chain 1\n{sessionId}"));

    /// <summary>The link after an exchange.</summary>
    /// <param name="previous">The link before it.</param>
    /// <param name="digest">The exchange's digest, see <see cref="ExchangeEnvelope.Digest"/>.</param>
    public static byte[] Next(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> digest)
    {
        Span<byte> both = stackalloc byte[2 * Size];
        previous.CopyTo(both);
        digest.CopyTo(both[Size..]);
        var link = new byte[Size];
        Hashing.Sha256(both, link);
        return link;
    }
}
