namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// Values of templates and what Python does with them. A value is null (none), a bool, a long, a double, a string, a list, a map of strings, a
/// namespace, or undefined; strings count in code points.
/// </summary>
internal static class TemplateValue
{
    public static bool IsTrue(object? value) => value switch
    {
        null or UndefinedValue => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        OrderedDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    /// <summary>What a value writes.</summary>
    public static string Text(object? value, TemplatePlace place) => value switch
    {
        null => "None",
        UndefinedValue => "",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Float(number),
        string text => text,
        _ => throw new TemplateException($"writing {Kind(value)} is not supported", place),
    };

    /// <summary>A value's kind, for errors.</summary>
    public static string Kind(object? value) => value switch
    {
        null => "none",
        UndefinedValue undefined => $"\"{undefined.Name}\", which is undefined,",
        bool => "a truth value",
        long or double => "a number",
        string => "a text",
        List<object?> => "a list",
        OrderedDictionary<string, object?> => "a map",
        _ => "a namespace",
    };

    public static bool AreEqual(object? left, object? right) => (Number(left), Number(right)) switch
    {
        ({ } a, { } b) => a == b,
        _ => (left, right) switch
        {
            (null, null) or (UndefinedValue, UndefinedValue) => true,
            (string a, string b) => a == b,
            (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second)),
            (OrderedDictionary<string, object?> a, OrderedDictionary<string, object?> b) =>
                a.Count == b.Count && a.All(member => b.TryGetValue(member.Key, out var other) && AreEqual(member.Value, other)),
            _ => ReferenceEquals(left, right),
        },
    };

    public static int Compare(object? left, object? right, TemplatePlace place) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        _ when Number(left) is { } a && Number(right) is { } b => a.CompareTo(b),
        _ => throw new TemplateException($"{Kind(left)} and {Kind(right)} can't be ordered", place),
    };

    /// <summary>Whether a text, list or map holds a value.</summary>
    public static bool Holds(object? container, object? value, TemplatePlace place) => (container, value) switch
    {
        (string text, string part) => text.Contains(part, StringComparison.Ordinal),
        (List<object?> list, _) => list.Exists(item => AreEqual(item, value)),
        (OrderedDictionary<string, object?> map, _) => value is string key && map.ContainsKey(key),
        (UndefinedValue, _) => false,
        _ => throw new TemplateException($"{Kind(value)} can't be looked for in {Kind(container)}", place),
    };

    public static object Calculate(string name, object? left, object? right, TemplatePlace place)
    {
        switch (name, left, right)
        {
            case ("+", string a, string b):
                return a + b;
            case ("+", List<object?> a, List<object?> b):
                return new List<object?>([.. a, .. b]);
            case ("*", string a, long count) when count * a.Length <= int.MaxValue / 4:
                return string.Concat(Enumerable.Repeat(a, (int)Math.Max(0, count)));
        }

        var (x, y) = (Whole(left), Whole(right));
        if (x is { } i && y is { } j && name != "/")
        {
            return name switch
            {
                "+" => i + j,
                "-" => i - j,
                "*" => i * j,
                _ when j == 0 => throw new TemplateException("division by zero", place),
                "//" => (long)Math.Floor((double)i / j),
                _ => ((i % j) + j) % j,
            };
        }

        return (Number(left), Number(right)) is ({ } a1, { } b1)
            ? name switch
            {
                "+" => a1 + b1,
                "-" => a1 - b1,
                "*" => a1 * b1,
                _ when b1 == 0 => throw new TemplateException("division by zero", place),
                "/" => a1 / b1,
                "//" => Math.Floor(a1 / b1),
                _ => a1 - (b1 * Math.Floor(a1 / b1)),
            }
            : throw new TemplateException($"{Kind(left)} {name} {Kind(right)} can't be computed", place);
    }

    /// <summary>A member by name or index; undefined where there is none.</summary>
    public static object? Member(object? of, object? key, TemplatePlace place) => (of, key) switch
    {
        (UndefinedValue undefined, _) => throw new TemplateException($"\"{undefined.Name}\" is undefined and has no members", place),
        (OrderedDictionary<string, object?> map, string name) => map.TryGetValue(name, out var value) ? value : new UndefinedValue(name),
        (NamespaceValue space, string name) => space.Members.TryGetValue(name, out var value) ? value : new UndefinedValue(name),
        (List<object?> list, long index) => At(list.Count, index) is { } at ? list[at] : new UndefinedValue($"{index}"),
        (string text, long index) when Points(text) is var points => At(points.Count, index) is { } at ? points[at] : new UndefinedValue($"{index}"),
        _ => new UndefinedValue(key as string ?? Kind(key)),
    };

    public static object Slice(object? of, long? from, long? to, long step, TemplatePlace place) => of switch
    {
        _ when step == 0 => throw new TemplateException("a slice's step is 0", place),
        List<object?> list => Slice(list, from, to, step),
        string text => string.Concat(Slice(Points(text), from, to, step)),
        _ => throw new TemplateException($"{Kind(of)} can't be sliced", place),
    };

    /// <summary>What a loop runs over: a list's items, a map's keys, a text's characters, nothing of what is undefined.</summary>
    public static IEnumerable<object?> Items(object? value, TemplatePlace place) => value switch
    {
        List<object?> list => list,
        OrderedDictionary<string, object?> map => map.Keys,
        string text => Points(text),
        UndefinedValue => [],
        _ => throw new TemplateException($"{Kind(value)} can't be run over", place),
    };

    /// <summary>A text's characters; a lone surrogate is one.</summary>
    public static List<string> Points(string text)
    {
        var points = new List<string>(text.Length);
        for (int at = 0, length; at < text.Length; at += length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out _, out length);
            points.Add(text.Substring(at, length));
        }

        return points;
    }

    public static string Float(double number) =>
        number.ToString("R", CultureInfo.InvariantCulture) is var text && text.AsSpan().ContainsAny(".EN∞") ? text : text + ".0";

    private static int? At(int count, long index) => (index < 0 ? index + count : index) is var at && at >= 0 && at < count ? (int)at : null;

    private static List<T> Slice<T>(List<T> items, long? from, long? to, long step)
    {
        long Clamp(long? bound, long otherwise, long low, long high) =>
            bound is { } given ? Math.Clamp(given < 0 ? given + items.Count : given, low, high) : otherwise;

        var sliced = new List<T>();
        if (step > 0)
        {
            var end = Clamp(to, items.Count, 0, items.Count);
            for (var i = Clamp(from, 0, 0, items.Count); i < end; i += step)
            {
                sliced.Add(items[(int)i]);
            }
        }
        else
        {
            var end = Clamp(to, -1, -1, items.Count - 1);
            for (var i = Clamp(from, items.Count - 1, -1, items.Count - 1); i > end; i += step)
            {
                sliced.Add(items[(int)i]);
            }
        }

        return sliced;
    }

    private static long? Whole(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    private static double? Number(object? value) => value is double number ? number : Whole(value);
}

/// <summary>What a name or member stands for that nobody gave: false, empty, and an error where more is asked of it.</summary>
internal sealed record UndefinedValue(string Name);

/// <summary>A map that blocks within loops may change: <c>namespace(…)</c>.</summary>
internal sealed record NamespaceValue(Dictionary<string, object?> Members);

/// <summary>A call with its arguments.</summary>
internal sealed record TemplateCall(string Name, IReadOnlyList<object?> Values, IReadOnlyDictionary<string, object?> Named, TemplatePlace Place)
{
    /// <summary>An argument by its place or its name; <paramref name="otherwise"/> where it isn't given.</summary>
    public object? Value(int at, string name, object? otherwise = null) => at < Values.Count ? Values[at] : Named.GetValueOrDefault(name, otherwise);

    /// <summary>A text among the arguments; null where it isn't given.</summary>
    public string? Text(int at, string name) => Value(at, name) switch
    {
        null => null,
        string text => text,
        var other => throw Wrong(other),
    };

    public TemplateException Wrong(object? value) => new($"{TemplateValue.Kind(value)} can't be given to \"{Name}\"", Place);

    /// <summary>Refuses arguments that nothing would be done with.</summary>
    public TemplateCall Only(int most, params string[] names) => Values.Count <= most && Named.Keys.All(names.Contains)
        ? this
        : throw new TemplateException($"these arguments of \"{Name}\" are not supported", Place);
}
