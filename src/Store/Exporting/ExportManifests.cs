using System.Text.Json;
using Tda.Core.Artifacts;

namespace Tda.Store.Exporting;

/// <summary>Reads and writes <c>FILE.manifest.json</c>.</summary>
internal static class ExportManifests
{
    public const string Suffix = ".manifest.json";

    public static string PathOf(string export) => export + Suffix;

    public static void Write(string export, ExportManifest manifest) =>
        AtomicFile.WriteText(PathOf(export), JsonSerializer.Serialize(manifest, JsonDefaults.Indented) + "\n");

    /// <summary>An export's manifest, or null when there is none that can be read.</summary>
    public static ExportManifest? Find(string export)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<ExportManifest>(File.ReadAllBytes(PathOf(export)), JsonDefaults.Options);
            return manifest?.Format == ExportManifest.FormatName ? manifest : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
