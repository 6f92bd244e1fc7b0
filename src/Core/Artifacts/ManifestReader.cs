using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tda.Core.Artifacts;

/// <summary>Reads and checks <c>manifest.json</c>.</summary>
internal static class ManifestReader
{
    /// <exception cref="BadInputException">No manifest, not JSON, another format, a newer version, or a missing member.</exception>
    public static Manifest Read(string directory, string format, int maximumVersion)
    {
        var path = Path.Combine(directory, Manifest.FileName);
        var members = ReadObject(directory, path);

        // The version comes first: the members of a newer one may differ, and complaining of them would mislead.
        var actualFormat = Member<string>(members, "format", path);
        if (actualFormat != format)
        {
            throw new BadInputException(path, $"this is a '{actualFormat}', not a '{format}'");
        }

        var version = Member<int>(members, "version", path);
        if (version > maximumVersion)
        {
            throw new BadInputException(
                path,
                $"version {version} of '{format}' is newer than version {maximumVersion}, the newest that this program reads",
                remedy: "Update tda, or make the artifact again with this version.");
        }

        if (version < 1)
        {
            throw new BadInputException(path, $"version {version} of '{format}' doesn't exist");
        }

        return Parse(members, path);
    }

    private static JsonObject ReadObject(string directory, string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            var remedy = Directory.Exists(directory + AtomicFileWriter.PartSuffix)
                ? "An unfinished one is there: run the command that makes it again."
                : "Check the name, or make it first.";
            throw new BadInputException(directory, $"there is no {Manifest.FileName} here", remedy: remedy, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, $"can't be read: {error.Message}", inner: error);
        }

        try
        {
            return JsonNode.Parse(bytes) as JsonObject ?? throw new BadInputException(path, "is not a JSON object", 0);
        }
        catch (JsonException error)
        {
            throw new BadInputException(path, $"is not JSON: {error.Message}", JsonPosition.Of(bytes, error), inner: error);
        }
    }

    private static T Member<T>(JsonObject members, string name, string path)
    {
        if (members[name] is JsonValue value && value.TryGetValue(out T? result))
        {
            return result;
        }

        throw new BadInputException(path, $"member '{name}' is missing or not a {(typeof(T) == typeof(int) ? "whole number" : "text")}");
    }

    private static Manifest Parse(JsonObject members, string path)
    {
        try
        {
            return members.Deserialize<Manifest>(JsonDefaults.Options)!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new BadInputException(path, $"is not a manifest: {error.Message}", inner: error);
        }
    }
}
