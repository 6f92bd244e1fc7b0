namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>The functions that chat templates call by name.</summary>
internal static class TemplateFunctions
{
    private const int LongestRange = 100_000;

    public static bool Knows(string name) => name is "raise_exception" or "namespace" or "dict" or "range" or "strftime_now";

    public static object Call(TemplateCall call) => call.Name switch
    {
        "raise_exception" => throw new TemplateException(
            $"it refuses the chat: {TemplateValue.Text(call.Only(1, "message").Value(0, "message"), call.Place)}", call.Place),
        "namespace" => new NamespaceValue(call.Only(0, [.. call.Named.Keys]).Named.ToDictionary(StringComparer.Ordinal)),
        "dict" => new OrderedDictionary<string, object?>(call.Only(0, [.. call.Named.Keys]).Named, StringComparer.Ordinal),
        "range" => Range(call.Only(3)),
        // A prompt that says the day would be another one tomorrow. Templates have a date of their own where the function isn't there.
        _ => throw new TemplateException("the day isn't told to templates (strftime_now)", call.Place),
    };

    private static List<object?> Range(TemplateCall call)
    {
        long[] bounds = [.. call.Values.Select(value => value is long bound ? bound : throw call.Wrong(value))];
        var (from, to, step) = bounds switch
        {
            [var end] => (0L, end, 1L),
            [var start, var end] => (start, end, 1L),
            [var start, var end, var by] when by != 0 => (start, end, by),
            _ => throw new TemplateException("range takes one to three numbers", call.Place),
        };
        var items = new List<object?>();
        for (var i = from; step > 0 ? i < to : i > to; i += step)
        {
            items.Add(items.Count < LongestRange ? i : throw new TemplateException("the range is too long", call.Place));
        }

        return items;
    }
}

/// <summary>The methods of Python's texts and maps that chat templates call.</summary>
internal static class TemplateMethods
{
    private static readonly string[] Names =
        ["strip", "lstrip", "rstrip", "split", "startswith", "endswith", "upper", "lower", "replace", "items", "keys", "values", "get"];

    public static bool Knows(string name) => Names.Contains(name);

    public static object? Call(object? of, TemplateCall call) => (of, call.Name) switch
    {
        (string text, "strip") => Strip(text, call.Only(1).Text(0, "chars"), left: true, right: true),
        (string text, "lstrip") => Strip(text, call.Only(1).Text(0, "chars"), left: true, right: false),
        (string text, "rstrip") => Strip(text, call.Only(1).Text(0, "chars"), left: false, right: true),
        (string text, "split") => Split(text, call.Only(2, "sep", "maxsplit")),
        (string text, "startswith") => text.StartsWith(Part(call.Only(1)), StringComparison.Ordinal),
        (string text, "endswith") => text.EndsWith(Part(call.Only(1)), StringComparison.Ordinal),
        (string text, "upper") => text.ToUpperInvariant(),
        (string text, "lower") => text.ToLowerInvariant(),
        (string text, "replace") => Replace(text, call),
        (OrderedDictionary<string, object?> map, "items") => map.Select(member => (object?)new List<object?> { member.Key, member.Value }).ToList(),
        (OrderedDictionary<string, object?> map, "keys") => map.Keys.Select(key => (object?)key).ToList(),
        (OrderedDictionary<string, object?> map, "values") => map.Values.ToList(),
        (OrderedDictionary<string, object?> map, "get") => map.GetValueOrDefault(Part(call.Only(2)), call.Value(1, "default")),
        _ => throw new TemplateException($"{TemplateValue.Kind(of)} has no method \"{call.Name}\"", call.Place),
    };

    /// <summary>Without these characters, by default white space, at its ends.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        bool Goes(char character) => characters is null ? TemplateLexer.IsSpace(character) : characters.Contains(character, StringComparison.Ordinal);

        var (start, end) = (0, text.Length);
        while (left && start < end && Goes(text[start]))
        {
            start++;
        }

        while (right && end > start && Goes(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>With every occurrence replaced.</summary>
    public static string Replace(string text, TemplateCall call) => call.Only(2) is { Values: [string { Length: > 0 } from, string to] }
        ? text.Replace(from, to, StringComparison.Ordinal)
        : throw new TemplateException("replace takes two texts, the first not empty", call.Place);

    private static string Part(TemplateCall call) => call.Values is [string part, ..] ? part : throw call.Wrong(call.Values.FirstOrDefault());

    private static List<object?> Split(string text, TemplateCall call)
    {
        var most = call.Value(1, "maxsplit", -1L) is long given ? given : throw call.Wrong(call.Value(1, "maxsplit"));
        var count = most < 0 ? int.MaxValue : (int)Math.Min(most + 1, int.MaxValue);
        return call.Text(0, "sep") switch
        {
            null when most < 0 => [.. Words(text)],
            null or "" => throw new TemplateException("splitting by white space a number of times, or by nothing, is not supported", call.Place),
            var separator => [.. text.Split(separator, count)],
        };
    }

    private static IEnumerable<string> Words(string text)
    {
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            end = start;
            while (end < text.Length && !TemplateLexer.IsSpace(text[end]))
            {
                end++;
            }

            if (end > start)
            {
                yield return text[start..end];
            }
        }
    }
}
