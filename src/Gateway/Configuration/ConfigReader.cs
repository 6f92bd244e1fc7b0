using System.Text;
using System.Text.Json;

namespace Tda.Gateway.Configuration;

/// <summary>Reads JSON with comments and trailing commas, and notes the line of every value.</summary>
internal static class ConfigReader
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The tree; null when it is no JSON, which <paramref name="errors"/> then says.</summary>
    public static ConfigNode? Read(ReadOnlySpan<byte> json, string name, List<ConfigError> errors)
    {
        json = json.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var lines = new LineCounter(json);
        try
        {
            reader.Read();
            var node = Value(ref reader, ref lines, name, "", errors);
            reader.Read();
            return node;
        }
        catch (JsonException error)
        {
            var message = error.Message.Split(" LineNumber:")[0].TrimEnd('.');
            errors.Add(new(FormattableString.Invariant($"{name}:{(error.LineNumber ?? 0) + 1}"), "", $"this is no JSON: {message}"));
            return null;
        }
        catch (InvalidOperationException error)
        {
            // What the reader throws for a text that is no UTF-8.
            errors.Add(new(name, "", $"this is no JSON: {error.Message}"));
            return null;
        }
    }

    private static ConfigNode Value(ref Utf8JsonReader reader, ref LineCounter lines, string name, string path, List<ConfigError> errors)
    {
        var origin = FormattableString.Invariant($"{name}:{lines.At(reader.TokenStartIndex)}");
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new ConfigNode(JsonValueKind.Object, "", origin);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var member = reader.GetString()!;
                    reader.Read();
                    var memberPath = ConfigPath.Member(path, member);
                    var value = Value(ref reader, ref lines, name, memberPath, errors);
                    if (!members.Members.TryAdd(member, value))
                    {
                        errors.Add(new(value.Origin, memberPath, $"stands there twice, first at {members.Members[member].Origin}"));
                    }
                }

                return members;
            case JsonTokenType.StartArray:
                var items = new ConfigNode(JsonValueKind.Array, "", origin);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Items.Add(Value(ref reader, ref lines, name, ConfigPath.Item(path, items.Items.Count), errors));
                }

                return items;
            case JsonTokenType.String:
                return new(JsonValueKind.String, reader.GetString()!, origin);
            case JsonTokenType.Number:
                return new(JsonValueKind.Number, Encoding.UTF8.GetString(reader.ValueSpan), origin);
            case JsonTokenType.True:
                return new(JsonValueKind.True, "true", origin);
            case JsonTokenType.False:
                return new(JsonValueKind.False, "false", origin);
            default:
                return new(JsonValueKind.Null, "", origin);
        }
    }

    /// <summary>Counts lines on the way; places are asked for in order.</summary>
    private ref struct LineCounter(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _at;
        private int _line = 1;

        public int At(long index)
        {
            _line += _text[_at..(int)index].Count((byte)'\n');
            _at = (int)index;
            return _line;
        }
    }
}
