using System.Text.Json.Nodes;

namespace Tda.Core.Json;

/// <summary>Reads JSON that is one value, with errors that say where and what in words of the file.</summary>
public static class JsonFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What the user can do when it can't be used.</param>
    /// <exception cref="BadInputException">It can't be read, isn't JSON, or isn't a <typeparamref name="T"/>; with byte offset.</exception>
    public static T Read<T>(string path, string? remedy = null)
        where T : notnull
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, FileFault.Describe(path, error), remedy: remedy, inner: error);
        }

        try
        {
            return JsonSerializer.Deserialize<T>(bytes, JsonDefaults.Options)
                ?? throw new BadInputException(path, "is null; an object was expected", 0, remedy);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new BadInputException(
                path, JsonFault.Describe(error, bytes, typeof(T)), (error as JsonException) is { } at ? JsonPosition.Of(bytes, at) : null, remedy, error);
        }
    }

    /// <summary>Reads a part of a file that was parsed.</summary>
    /// <param name="part">The part; null when it is missing.</param>
    /// <param name="path">The file.</param>
    /// <param name="name">What the part is called there.</param>
    /// <param name="remedy">What the user can do when it can't be used.</param>
    /// <exception cref="BadInputException">It is missing, or isn't a <typeparamref name="T"/>.</exception>
    public static T Part<T>(JsonNode? part, string path, string name, string? remedy = null)
        where T : notnull
    {
        try
        {
            return part.Deserialize<T>(JsonDefaults.Options) ?? throw new BadInputException(path, $"{name} is missing", remedy: remedy);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            var fault = JsonFault.Describe(error, JsonSerializer.SerializeToUtf8Bytes(part, JsonDefaults.Options), typeof(T));
            throw new BadInputException(path, $"{name}: {fault}", remedy: remedy, inner: error);
        }
    }
}

/// <summary>Why a file can't be opened, in words that don't repeat its path.</summary>
public static class FileFault
{
    /// <param name="path">The file.</param>
    /// <param name="error">What opening or reading it threw.</param>
    public static string Describe(string path, Exception error) => error switch
    {
        _ when Directory.Exists(path) => "is a folder; a file is expected",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "this user may not read it",
        _ => $"can't be read: {error.Message}",
    };
}
