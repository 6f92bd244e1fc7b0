using System.Collections;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Tda.Core.Json;

/// <summary>
/// Says what is wrong with a piece of JSON in words of the file: which member is missing, null, or of another kind. The serializer's own
/// messages name types of the program, which mean nothing to whoever wrote the file.
/// </summary>
public static class JsonFault
{
    /// <summary>Describes why <paramref name="json"/> could not be read.</summary>
    /// <param name="error">What the serializer threw.</param>
    /// <param name="json">What was read.</param>
    /// <param name="wanted">What it was read as.</param>
    /// <returns>A sentence without a subject or a full stop, such as <c>member 'completion' is missing; it has id, prompt</c>.</returns>
    public static string Describe(Exception error, ReadOnlySpan<byte> json, Type wanted)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json);
        }
        catch (Exception syntax) when (syntax is JsonException or InvalidOperationException or ArgumentException)
        {
            return $"is not JSON: {WithoutPlace(syntax.Message)}";
        }

        try
        {
            string[] path = [.. ((error as JsonException)?.Path ?? "$").Split('.').Skip(1).SelectMany(part => part.Split('['))];
            return Disagreement(root, wanted, path, "", error.Message) ?? "isn't what is expected here";
        }
        catch (Exception text) when (text is InvalidOperationException or ArgumentException)
        {
            return "holds text that is no valid Unicode"; // bytes that aren't UTF-8, or half a surrogate pair
        }
    }

    /// <summary>Goes down the path of the error, and says where JSON and type part.</summary>
    private static string? Disagreement(JsonNode? node, Type type, string[] path, string name, string message)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var info = JsonDefaults.Options.GetTypeInfo(type);
        var what = name.Length == 0 ? "it" : $"member '{name}'";
        if (info.Kind == JsonTypeInfoKind.Object && node is JsonObject members)
        {
            if (path is [var first, ..] && info.Properties.FirstOrDefault(property => property.Name == first) is { } next)
            {
                return Disagreement(members[next.Name], next.PropertyType, path[1..], name.Length == 0 ? next.Name : $"{name}.{next.Name}", message);
            }

            string[] missing = [.. info.Properties.Where(property => property.IsRequired && !members.ContainsKey(property.Name)).Select(property => $"'{property.Name}'")];
            var where = name.Length == 0 ? "" : $" in '{name}'";
            return missing.Length > 0
                ? $"member{(missing.Length > 1 ? "s" : "")} {string.Join(", ", missing)}{where} {(missing.Length > 1 ? "are" : "is")} missing; "
                    + $"it has {(members.Count == 0 ? "none" : string.Join(", ", members.Select(member => member.Key)))}"
                : null;
        }

        if (info.Kind == JsonTypeInfoKind.Enumerable && node is JsonArray items && path.Length > 0
            && int.TryParse(path[0].TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < items.Count
            && info.ElementType is { } element)
        {
            return Disagreement(items[at], element, path[1..], $"{name}[{at}]", message);
        }

        // A converter of the program's own speaks plainly.
        return info.Converter.GetType().Assembly != typeof(JsonSerializer).Assembly
            ? WithoutPlace(message)
            : $"{what} {Kind(node)}; {Wanted(type, info)} is expected";
    }

    private static string Kind(JsonNode? node) => node switch
    {
        null => "is null",
        JsonObject => "is an object",
        JsonArray => "is a list",
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => "is text",
            JsonValueKind.Number => $"is the number {node.ToJsonString()}",
            _ => $"is {node.ToJsonString()}",
        },
    };

    private static string Wanted(Type type, JsonTypeInfo info) => type switch
    {
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "true or false",
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName))}",
        _ when type == typeof(int) || type == typeof(long) || type == typeof(uint) => "a whole number",
        _ when type.IsPrimitive || type == typeof(decimal) => "a number",
        _ when type == typeof(DateTimeOffset) || type == typeof(DateTime) => "a time such as 2026-01-31T12:00:00Z",
        _ when info.Kind == JsonTypeInfoKind.Enumerable || (typeof(IEnumerable).IsAssignableFrom(type) && info.Kind == JsonTypeInfoKind.None) => "a list",
        _ => "an object",
    };

    /// <summary>A syntax error's message without the line and column that its reader counted: the file's own are given beside it.</summary>
    private static string WithoutPlace(string message)
    {
        var end = ((string[])[" Path: ", " LineNumber: "]).Select(mark => message.IndexOf(mark, StringComparison.Ordinal)).Where(at => at >= 0)
            .DefaultIfEmpty(-1).Min();
        return (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
    }
}
