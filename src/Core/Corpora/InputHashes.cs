using System.Text;
using Tda.Core.Artifacts;

namespace Tda.Core.Corpora;

/// <summary>Hashes of imported files for the manifest.</summary>
internal static class InputHashes
{
    /// <summary>Above this many files each folder gets one hash: a manifest of thousands of lines helps nobody.</summary>
    private const int MaximumFiles = 64;

    public static SortedDictionary<string, string> Of(List<ImportFile> files)
    {
        IEnumerable<(string Name, string Hash)> hashes = files.Where(f => File.Exists(f.Path)).Select(f => (f.Name, Hash(f.Path)));
        if (files.Count <= MaximumFiles)
        {
            return new(hashes.ToDictionary(f => f.Name, f => f.Hash), StringComparer.Ordinal);
        }

        return new(
            hashes.GroupBy(f => Path.GetDirectoryName(f.Name) is { Length: > 0 } folder ? folder + "/" : "./")
                .ToDictionary(folder => folder.Key, folder => Hashing.Sha256(Encoding.UTF8.GetBytes(string.Concat(folder.Select(f => $"{f.Hash}  {f.Name}\n"))))),
            StringComparer.Ordinal);
    }

    private static string Hash(string path)
    {
        try
        {
            return Hashing.Sha256File(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "unreadable"; // it was skipped with its reason, and nothing of it went in
        }
    }
}
