using System.Security.Cryptography;

namespace Tda.Core.Artifacts;

/// <summary>SHA-256 in lower-case hexadecimal, as manifests hold it.</summary>
public static class Hashing
{
    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Refuses a file whose SHA-256 isn't <paramref name="expected"/>.</summary>
    /// <exception cref="BadInputException">It can't be read, or its hash isn't the manifest's.</exception>
    public static void RequireFile(string path, string expected)
    {
        string actual;
        try
        {
            actual = Sha256File(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, $"can't be read: {error.Message}", inner: error);
        }

        if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException(
                path,
                $"SHA-256 is {actual}, but the manifest says {expected}: the file was changed or damaged",
                remedy: "Restore it or make the artifact again.");
        }
    }

    /// <summary>Streams the file; memory use doesn't grow with its size.</summary>
    public static string Sha256File(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
