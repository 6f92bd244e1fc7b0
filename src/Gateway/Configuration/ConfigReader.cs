namespace Tda.Gateway.Configuration;

/// <summary>Reads JSON with comments and trailing commas, and notes the line of every value.</summary>
internal static class ConfigReader
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The tree; null when it isn't JSON, which <paramref name="errors"/> then says.</summary>
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
            var (line, place) = ((error.LineNumber ?? 0) + 1, (error.BytePositionInLine ?? 0) + 1);
            errors.Add(new($"{name}:{line}", "", $"isn't valid JSON, from byte {place} of the line on"));
            return null;
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for such a text.
            errors.Add(new(name, "", "isn't valid JSON: a text in it isn't UTF-8"));
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
                        errors.Add(new(value.Origin, memberPath, $"is given twice, first at {members.Members[member].Origin}"));
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

/// <summary>A value of the configuration and where it was given.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A string's, number's or boolean's text; empty for others.</param>
/// <param name="Origin">Where it stands: <c>gateway.json:12</c>, an environment variable, an option of the command line.</param>
internal sealed record ConfigNode(JsonValueKind Kind, string Text, string Origin)
{
    public Dictionary<string, ConfigNode> Members { get; } = new(StringComparer.Ordinal);

    public List<ConfigNode> Items { get; } = [];

    /// <summary>Whether it came as bare text from outside a file, where numbers and booleans have no type of their own.</summary>
    public bool Loose { get; init; }

    /// <summary>Bare text of a variable or an option.</summary>
    public static ConfigNode FromText(string text, string origin) => new(JsonValueKind.String, text, origin) { Loose = true };
}

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Origin">Where it stands.</param>
/// <param name="Path">The member, e.g. <c>spool.max_bytes</c>; empty when it is the whole.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record ConfigError(string Origin, string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? $"{Origin}: {Message}" : $"{Origin}: {Path}: {Message}";
}

/// <summary>Spells paths of members: <c>spool.max_bytes</c>, <c>routes["/v1/messages"].timeout</c>, <c>rules[2]</c>.</summary>
internal static class ConfigPath
{
    public static string Member(string path, string name)
    {
        var plain = name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return !plain ? $"{path}[\"{name}\"]" : path.Length == 0 ? name : $"{path}.{name}";
    }

    /// <summary>Whether a path is that of a member, or of something in it.</summary>
    public static bool IsAtOrBelow(string path, string member) =>
        path.StartsWith(member, StringComparison.Ordinal) && (path.Length == member.Length || path[member.Length] is '.' or '[');

    public static string Item(string path, int index) => FormattableString.Invariant($"{path}[{index}]");
}
