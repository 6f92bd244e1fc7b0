using System.Text.Json;

namespace Tda.Gateway.Parsing;

/// <summary>Reads JSON of a shape that may differ from the expected: absent or null is null, another kind is an error by name.</summary>
internal static class JsonShape
{
    /// <summary>A property that is there and not null.</summary>
    public static JsonElement? Get(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement element, string name) =>
        element.Get(name) is { } value ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw Unexpected(name, "a string", value) : null;

    public static double? Number(this JsonElement element, string name) =>
        element.Get(name) is { } value ? AsNumber(value, name) : null;

    public static long? Count(this JsonElement element, string name) =>
        element.Get(name) is { } value ? value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) ? count : throw Unexpected(name, "a whole number", value) : null;

    public static IEnumerable<JsonElement>? Items(this JsonElement element, string name) =>
        element.Get(name) is { } value ? value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Unexpected(name, "an array", value) : null;

    public static double AsNumber(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Unexpected(name, "a finite number", value);

    /// <summary>The error for a value of another kind than expected.</summary>
    public static FormatException Unexpected(string name, string expected, JsonElement value) =>
        new($"'{name}' is {value.ValueKind}, not {expected}");
}
