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

    /// <summary>What an earlier run wrote as <c>NAME.json</c>; null where there is none.</summary>
    /// <exception cref="BadInputException">It holds something else.</exception>
    public static T? Read<T>(string directory, string name)
        where T : class
    {
        var path = Path.Combine(directory, name + ".json");
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format) : null;
        }
        catch (JsonException error)
        {
            throw new BadInputException(path, $"can't be read as results: {error.Message}", inner: error);
        }
    }
}
