using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Tda.Core.Artifacts;

/// <summary>A finished artifact directory whose manifest was checked.</summary>
public sealed class OpenedArtifact
{
    internal OpenedArtifact(string directory, Manifest manifest)
    {
        Directory = directory;
        Manifest = manifest;
    }

    public string Directory { get; }

    public Manifest Manifest { get; }

    /// <summary>The path of a file that the manifest lists.</summary>
    /// <param name="name">Relative path with '/' between folders.</param>
    /// <exception cref="BadInputException">The manifest doesn't list it, or it isn't there.</exception>
    public string PathOf(string name)
    {
        if (!Manifest.Outputs.ContainsKey(name))
        {
            throw new BadInputException(Path.Combine(Directory, Manifest.FileName), $"the manifest doesn't list '{name}'");
        }

        var path = Path.Combine(Directory, name);
        if (!File.Exists(path))
        {
            throw new BadInputException(path, "the manifest lists this file, but it isn't there", remedy: "Restore it or make the artifact again.");
        }

        return path;
    }

    /// <summary>A number or text in the manifest's details.</summary>
    /// <exception cref="BadInputException">It is missing, or of another type.</exception>
    public T Detail<T>(string name) => Manifest.Details[name] is JsonValue value && value.TryGetValue(out T? result)
        ? result
        : throw new BadInputException(Path.Combine(Directory, Manifest.FileName), $"details.{name} is missing or of the wrong type");

    /// <summary>Checks one file's hash.</summary>
    /// <exception cref="BadInputException">The file is missing, or its hash isn't the manifest's.</exception>
    public void Verify(string name) => Hashing.RequireFile(PathOf(name), Manifest.Outputs[name]);

    /// <summary>Checks every file's hash.</summary>
    /// <exception cref="BadInputException">Names the first file that is missing or differs.</exception>
    public void VerifyAll()
    {
        foreach (var name in Manifest.Outputs.Keys)
        {
            Verify(name);
        }
    }
}

/// <summary>SHA-256 in lower-case hexadecimal, as manifests hold it.</summary>
public static class Hashing
{
    // One that is kept needn't look the algorithm up each time, which takes as long as hashing 300 bytes.
    [ThreadStatic]
    private static IncrementalHash? _kept;

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>SHA-256 as 32 bytes, for where many short ones are made.</summary>
    public static void Sha256(ReadOnlySpan<byte> bytes, Span<byte> digest)
    {
        var hash = _kept ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.GetHashAndReset(digest);
    }

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
