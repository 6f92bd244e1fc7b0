using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Tda.Curation.Formats.Records;

/// <summary>Records in JSON: lines, an array, or objects one after the other. Read as they come, whatever the size of the file.</summary>
internal static class JsonRecords
{
    private static readonly JsonDocumentOptions LineOptions = new() { AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions StreamOptions = new() { AllowDuplicateProperties = false };

    /// <summary>The object that a line holds, or why it holds none, with what the parser says of it.</summary>
    public static (JsonObject? Record, string? Fault, string? Detail) OfLine(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
        {
            return (null, "line that isn't UTF-8 (--encoding reads others)", null);
        }

        try
        {
            return JsonNode.Parse(line, documentOptions: LineOptions) is JsonObject record
                ? (record, null, null)
                : (null, "line that isn't a JSON object", null);
        }
        catch (JsonException error)
        {
            return (null, "line that isn't JSON", FirstSentence(error));
        }
    }

    /// <summary>What a parser's message begins with: the rest names types or places that say nothing to a user.</summary>
    public static string FirstSentence(Exception error) =>
        error.Message.Split(". ", 2)[0].Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0].ReplaceLineEndings(" ").TrimEnd('.');

    /// <summary>The values of a file, in order; null stands for JSON's null.</summary>
    /// <param name="source">The file as UTF-8.</param>
    /// <param name="isArray">Whether the file is one array; otherwise its values stand one after the other.</param>
    /// <exception cref="JsonException">From there on the file isn't JSON.</exception>
    public static IEnumerable<JsonNode?> OfStream(Stream source, bool isArray) =>
        JsonSerializer.DeserializeAsyncEnumerable<JsonNode?>(source, topLevelValues: !isArray, StreamOptions).ToBlockingEnumerable();

    /// <summary>Whether a text that begins so is a JSON array of records, or records one after the other; null: neither.</summary>
    /// <param name="head">The first bytes, as UTF-8.</param>
    /// <param name="trusted">Whether the file's name says that it is JSON; else only objects with a text are taken for records.</param>
    public static bool? IsArray(ReadOnlySpan<byte> head, bool trusted)
    {
        var reader = new Utf8JsonReader(head, isFinalBlock: false, state: default);
        try
        {
            if (!reader.Read())
            {
                return null;
            }

            var isArray = reader.TokenType == JsonTokenType.StartArray;
            if (trusted)
            {
                return isArray;
            }

            if ((isArray && !reader.Read()) || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            var depth = reader.CurrentDepth + 1;
            while (reader.Read() && reader.CurrentDepth >= depth)
            {
                if (reader.CurrentDepth == depth && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("text"u8))
                {
                    return isArray;
                }
            }

            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
