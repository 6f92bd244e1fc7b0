using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace Tda.Core.Json;

/// <summary>
/// How every JSON file of Tda is written and read: snake_case names, UTF-8 without a byte-order mark, text left readable.
/// A missing or null member of a type that requires it is an error; unknown members are skipped, so that newer minor
/// additions can be read.
/// </summary>
/// <remarks>
/// The relaxed encoder leaves <c>&lt;</c> and <c>&amp;</c> as they are: right for files, wrong inside an HTML page. Pages
/// must escape what they embed.
/// </remarks>
public static class JsonDefaults
{
    /// <summary>One line, for JSON Lines and for machines.</summary>
    public static JsonSerializerOptions Options { get; } = Create(indented: false);

    /// <summary>Indented, for files that people open: manifests, configurations.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>An enumeration's value as files, tables, addresses and options spell it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            WriteIndented = indented,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>Turns a JSON error's line and column into a byte offset.</summary>
internal static class JsonPosition
{
    public static long? Of(ReadOnlySpan<byte> json, JsonException error)
    {
        if (error.LineNumber is not { } line)
        {
            return null;
        }

        var start = 0;
        for (; line > 0 && json[start..].IndexOf((byte)'\n') is var next and >= 0; line--)
        {
            start += next + 1;
        }

        return start + (error.BytePositionInLine ?? 0);
    }
}
