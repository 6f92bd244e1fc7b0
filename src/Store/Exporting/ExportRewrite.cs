using Tda.Core.Artifacts;
using Tda.Core.Exchanges;

namespace Tda.Store.Exporting;

/// <summary>Writes an export anew without some exchanges, and says so in its manifest.</summary>
internal static class ExportRewrite
{
    /// <returns>False when the file has no manifest of ours, or when its lines are no exchanges.</returns>
    public static bool Without(string path, IReadOnlySet<string> ids)
    {
        if (ExportManifests.Find(path) is not { } manifest)
        {
            return false;
        }

        var (count, first, last) = (0L, (string?)null, (string?)null);
        using (var writer = JsonLines.Writer(path))
        {
            foreach (var exchange in JsonLines.Read<Exchange>(path).Where(exchange => !ids.Contains(exchange.Id)))
            {
                writer.Write(exchange);
                (count, first, last) = (count + 1, first ?? exchange.Id, exchange.Id);
            }

            writer.Commit();
        }

        ExportManifests.Write(path, manifest with
        {
            Exchanges = count,
            Bytes = new FileInfo(path).Length,
            Sha256 = Hashing.Sha256File(path),
            FirstId = first,
            LastId = last,
            Erased = [.. (manifest.Erased ?? []).Concat(ids).Distinct().Order(StringComparer.Ordinal)],
        });
        return true;
    }
}
