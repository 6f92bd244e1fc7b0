using System.Buffers;
using System.Text.Encodings.Web;

namespace Tda.Gateway.Protocols;

/// <summary>
/// Reads JSON of a shape that may differ from the expected, forward only and without building a document: absent or null is
/// null, another kind is an error by name. Each method reads the value behind the property name that the reader stands on,
/// or the value that it stands on in an array (<c>…Here</c>); a property that nobody reads is passed over.
/// </summary>
internal static class JsonRead
{
    /// <summary>A reader on a body's one object.</summary>
    public static Utf8JsonReader Start(ReadOnlySpan<byte> body, string name)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        ObjectHere(ref reader, name);
        return reader;
    }

    /// <summary>The body's one object must be all there is.</summary>
    public static void End(ref Utf8JsonReader reader) => reader.Read();

    /// <summary>Requires that the reader stands on an object.</summary>
    public static void ObjectHere(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Unexpected(name, "an object", reader.TokenType);
        }
    }

    /// <summary>Inside an object: goes to the next property's name, over a value that was not read; false at the object's end.</summary>
    public static bool NextProperty(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Skip();
        }

        return reader.Read() && reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Inside an array: goes to the next item's first token; false at the array's end.</summary>
    public static bool NextItem(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    /// <summary>Goes into the property's object; false where it is null.</summary>
    public static bool IntoObject(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        ObjectHere(ref reader, name);
        return true;
    }

    /// <summary>Goes into the property's array; false where it is null.</summary>
    public static bool IntoArray(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => false,
            JsonTokenType.StartArray => true,
            _ => throw Unexpected(name, "an array", reader.TokenType),
        };
    }

    public static string? Text(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return TextHere(ref reader, name);
    }

    public static string? TextHere(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        _ => throw Unexpected(name, "a string", reader.TokenType),
    };

    public static double? Number(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return NumberHere(ref reader, name);
    }

    public static double? NumberHere(ref Utf8JsonReader reader, string name) =>
        reader.TokenType == JsonTokenType.Null ? null
        : reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number) ? number
        : throw Unexpected(name, "a finite number", reader.TokenType);

    public static long? Count(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null
            : reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) ? count
            : throw Unexpected(name, "a whole number", reader.TokenType);
    }

    /// <summary>The property's value as its bytes in the body; the reader is behind it.</summary>
    public static ReadOnlySpan<byte> Raw(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        return RawHere(ref reader, body);
    }

    /// <summary>The value that the reader stands on as its bytes in the body; the reader is behind it.</summary>
    public static ReadOnlySpan<byte> RawHere(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    /// <summary>A string member of the object that the reader stands on, without moving the reader; null where it has none.</summary>
    public static string? Peek(Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        if (!Find(ref reader, member))
        {
            return null;
        }

        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
    }

    /// <summary>A whole-number member of the object that the reader stands on, without moving the reader; null where it has none.</summary>
    public static long? PeekCount(Utf8JsonReader reader, ReadOnlySpan<byte> member) =>
        Find(ref reader, member) ? Count(ref reader, "index") : null;

    /// <summary>The error for a value of another kind than expected.</summary>
    public static FormatException Unexpected(string name, string expected, JsonTokenType found) =>
        new($"'{name}' is {Kind(found)}, not {expected}");

    private static bool Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals(member))
            {
                return true;
            }
        }

        return false;
    }

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "Object",
        JsonTokenType.StartArray => "Array",
        _ => token.ToString(),
    };
}

/// <summary>How the parser writes JSON of its own.</summary>
internal static class JsonText
{
    // Text stays readable; the columns are no web page.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsJson(string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Items as a JSON array; null when there are none.</summary>
    public static string? Array<T>(IReadOnlyCollection<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, Readable))
        {
            writer.WriteStartArray();
            foreach (var item in items)
            {
                write(writer, item);
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
