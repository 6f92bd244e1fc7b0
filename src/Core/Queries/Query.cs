using System.Text.Json.Serialization;

namespace Tda.Core.Queries;

/// <summary>The thing explained: a response of the closed model. Its loss is that of the completion given the prompt.</summary>
/// <param name="Id">Unique in its file.</param>
/// <param name="Prompt">What the model was given; may be empty.</param>
/// <param name="Completion">What it answered; every token of it carries loss, unless a span is given.</param>
public sealed record Query(string Id, string Prompt, string Completion)
{
    /// <summary>A group for aggregation, such as "harmful".</summary>
    public string? Label { get; init; }

    /// <summary>The chat that the prompt is of: a surrogate with a chat template writes it in its own way. Null for a completion.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>The characters of the completion to explain ("why these words?"); null: all of it. Only their tokens carry loss.</summary>
    public TextSpan? Span { get; init; }

    /// <summary>The text to explain: the completion, or the span of it.</summary>
    [JsonIgnore]
    public string Explained => Span is { } span ? Completion[span.Start..span.End] : Completion;
}

/// <summary>Characters [Start, End) of a text, UTF-16; <c>[start, end]</c> in JSON.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">One past the last.</param>
[JsonConverter(typeof(TextSpanConverter))]
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>How many characters it has.</summary>
    public int Length => End - Start;

    /// <summary>Its characters of a text.</summary>
    public ReadOnlySpan<char> Of(ReadOnlySpan<char> text) => text[Start..End];

    /// <summary>Whether it holds at least one character of a text of that length and none beyond.</summary>
    public bool Fits(int length) => Start >= 0 && Start < End && End <= length;
}

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
