using System.Text.Json.Serialization;

namespace Tda.Bench.Running;

/// <summary>A file of results: indented, whole or not there, with numbers that are none where nothing could be measured.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonDefaults.Indented) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>What an earlier run wrote as <c>NAME.json</c>; null where there is none.</summary>
    public static T? Read<T>(string directory, string name)
        where T : class
    {
        var path = Path.Combine(directory, name + ".json");
        return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format) : null;
    }

    /// <summary>Writes <c>NAME.json</c> into a folder, which is made if need be.</summary>
    public static void Write<T>(string directory, string name, T report)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.WriteText(Path.Combine(directory, name + ".json"), JsonSerializer.Serialize(report, Format) + "\n");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="BadInputException">It isn't there, or holds something else.</exception>
    public static T Read<T>(string directory, string name)
    {
        var path = Path.Combine(directory, name + ".json");
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format) ?? throw new BadInputException(path, "is empty");
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new BadInputException(path, $"can't be read as results: {error.Message}", inner: error);
        }
    }
}
