using System.Text.Json.Serialization;

namespace Tda.Bench.Running;

/// <summary>A file of results: indented, whole or not there, with numbers that are none where nothing could be measured.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Writes <c>NAME.json</c> into a folder, which is made if need be.</summary>
    public static void Write<T>(string directory, string name, T report)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, name + ".json"), JsonSerializer.Serialize(report, Format) + "\n");
    }
}
