using System.Security.Cryptography;
using Tda.Core.Exchanges;

namespace Tda.Store.Sql;

/// <summary>A body as columns: the hash of its blob (none when it is empty), and the wire's SHA-256 where that is another.</summary>
internal static class BodyColumns
{
    public static byte[]? Hash(RecordedBody body) => body.Bytes.Length == 0 ? null : Wire(body) ?? SHA256.HashData(body.Bytes);

    public static string? Sha256(RecordedBody body) =>
        body.Bytes.Length == 0 ? body.Sha256 == RecordedBody.Empty.Sha256 ? null : body.Sha256 : Wire(body) is null ? body.Sha256 : null;

    public static RecordedBody Body(byte[]? hash, byte[]? bytes, long length, string? sha256, long kept, int redactions, bool unpacked) =>
        new(bytes ?? [], length, sha256 ?? (hash is null ? RecordedBody.Empty.Sha256 : Convert.ToHexStringLower(hash)))
        {
            KeptBytes = kept,
            Redactions = redactions,
            Unpacked = unpacked,
        };

    // What the recorder has hashed is not hashed again: the verifier does that. Anything that does not look like its work is.
    private static byte[]? Wire(RecordedBody body) =>
        !body.Truncated && body.Sha256.Length == 2 * SHA256.HashSizeInBytes && body.Sha256.All(char.IsAsciiHexDigitLower)
            ? Convert.FromHexString(body.Sha256)
            : null;
}
