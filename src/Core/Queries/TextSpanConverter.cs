using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tda.Core.Queries;

/// <summary>Writes a span as <c>[start, end]</c>.</summary>
internal sealed class TextSpanConverter : JsonConverter<TextSpan>
{
    public override TextSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var ends = new List<int>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong();
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ends.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var end) ? end : throw Wrong());
        }

        return ends is [var first, var last] ? new TextSpan(first, last) : throw Wrong();
    }

    public override void Write(Utf8JsonWriter writer, TextSpan value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Start);
        writer.WriteNumberValue(value.End);
        writer.WriteEndArray();
    }

    private static JsonException Wrong() => new("a span is two whole numbers, [start, end]: characters of the completion");
}
