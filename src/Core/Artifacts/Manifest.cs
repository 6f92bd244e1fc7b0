using System.Reflection;
using System.Text.Json.Nodes;

namespace Tda.Core.Artifacts;

/// <summary>What <c>manifest.json</c> says of its directory: what it is, how it was made, from what, and every file's hash.</summary>
public sealed class Manifest
{
    public const string FileName = "manifest.json";

    /// <summary>Name of the format, such as <c>tda.corpus</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Version of the format, from 1. A reader refuses a version newer than it knows.</summary>
    public required int Version { get; init; }

    public required DateTimeOffset CreatedAt { get; set; }

    public string ProgramVersion { get; init; } = CurrentProgramVersion;

    /// <summary>The verb that made it, such as <c>tda corpus import</c>. Never holds secrets.</summary>
    public string Command { get; set; } = string.Empty;

    /// <summary>The command's options.</summary>
    public JsonObject Options { get; set; } = [];

    /// <summary>Every seed that went in, by purpose.</summary>
    public SortedDictionary<string, long> Seeds { get; set; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of what went in, by name.</summary>
    public SortedDictionary<string, string> Inputs { get; set; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of the directory's files, by path relative to it, with '/' between folders.</summary>
    public SortedDictionary<string, string> Outputs { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What else this format needs to tell.</summary>
    public JsonObject Details { get; set; } = [];

    /// <summary>The first input of a kind, in any spelling that <see cref="ArtifactReference.Parse"/> knows; null where there is none.</summary>
    public (string Name, string Hash)? InputOf(ArtifactKind kind)
    {
        foreach (var (input, hash) in Inputs)
        {
            if (ArtifactReference.Parse(input) is { } reference && reference.Kind == kind)
            {
                return (reference.Name, hash);
            }
        }

        return null;
    }

    internal static string CurrentProgramVersion { get; } =
        typeof(Manifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

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

    /// <summary>Reads a manifest of any format and version, as far as this program understands it.</summary>
    /// <exception cref="BadInputException">No manifest, not JSON, or a member is missing.</exception>
    public static Manifest ReadAny(string directory)
    {
        var path = Path.Combine(directory, Manifest.FileName);
        return Parse(ReadObject(directory, path), path);
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
            throw MissingArtifact.At(directory, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, FileFault.Describe(path, error), inner: error);
        }

        try
        {
            return JsonNode.Parse(bytes) as JsonObject ?? throw new BadInputException(path, "is not a JSON object", 0);
        }
        catch (JsonException error)
        {
            throw new BadInputException(path, JsonFault.Describe(error, bytes, typeof(JsonObject)), JsonPosition.Of(bytes, error), inner: error);
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

    private static Manifest Parse(JsonObject members, string path) => JsonFile.Part<Manifest>(members, path, "the manifest");
}
