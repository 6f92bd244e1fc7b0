using System.Security.Cryptography;

namespace Tda.Core.Artifacts;

/// <summary>SHA-256 in lower-case hexadecimal, as manifests hold it.</summary>
public static class Hashing
{
    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Streams the file; memory use doesn't grow with its size.</summary>
    public static string Sha256File(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
