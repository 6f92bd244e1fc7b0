using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// JSON as chat templates read and write it: Python's, with a space behind commas and colons, without escapes of what is not
/// ASCII.
/// </summary>
internal static class TemplateJson
{
    /// <summary>A JSON value as a template's.</summary>
    public static object? Read(JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => list.Select(Read).ToList(),
        JsonObject map => new OrderedDictionary<string, object?>(map.Select(member => KeyValuePair.Create(member.Key, Read(member.Value))), StringComparer.Ordinal),
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<double>(out var number) => number,
        _ => node.GetValue<string>(),
    };

    /// <summary>What the filter <c>tojson</c> writes.</summary>
    public static string Write(object? value, TemplateCall call)
    {
        var text = new StringBuilder();
        Write(text, value, call.Value(0, "indent") switch
        {
            null => null,
            long indent and >= 0 and <= 16 => (int)indent,
            var other => throw call.Wrong(other),
        }, 0, call);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value, int? indent, int depth, TemplateCall call)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case string characters:
                WriteString(text, characters);
                break;
            case long or double:
                text.Append(TemplateValue.Text(value, call.Place));
                break;
            case List<object?> list:
                WriteAll(text, '[', list, ']', item => Write(text, item, indent, depth + 1, call), indent, depth);
                break;
            case OrderedDictionary<string, object?> map:
                WriteAll(text, '{', map, '}', member =>
                {
                    WriteString(text, member.Key);
                    text.Append(": ");
                    Write(text, member.Value, indent, depth + 1, call);
                }, indent, depth);
                break;
            default:
                throw call.Wrong(value);
        }
    }

    private static void WriteAll<T>(StringBuilder text, char open, IReadOnlyCollection<T> items, char close, Action<T> write, int? indent, int depth)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            text.Append(first ? "" : indent is null ? ", " : ",");
            Break(depth + 1);
            write(item);
            first = false;
        }

        if (!first)
        {
            Break(depth);
        }

        text.Append(close);

        void Break(int level)
        {
            if (indent is { } width)
            {
                text.Append('\n').Append(' ', width * level);
            }
        }
    }

    private static void WriteString(StringBuilder text, string characters)
    {
        text.Append('"');
        foreach (var character in characters)
        {
            text.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' => $"\\u{(int)character:x4}",
                _ => character.ToString(),
            });
        }

        text.Append('"');
    }
}
