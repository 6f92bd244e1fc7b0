namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>The filters of Jinja that chat templates use.</summary>
internal static class TemplateFilters
{
    private static readonly Dictionary<string, Func<object?, TemplateCall, object?>> All = new(StringComparer.Ordinal)
    {
        ["trim"] = (value, call) => TemplateMethods.Strip(Text(value, call), call.Only(1).Text(0, "chars"), left: true, right: true),
        ["upper"] = (value, call) => Text(value, call.Only(0)).ToUpperInvariant(),
        ["lower"] = (value, call) => Text(value, call.Only(0)).ToLowerInvariant(),
        ["capitalize"] = (value, call) => Text(value, call.Only(0)) is { Length: > 0 } text ? text[..1].ToUpperInvariant() + text[1..].ToLowerInvariant() : "",
        ["string"] = (value, call) => Text(value, call.Only(0)),
        ["safe"] = (value, call) => Text(value, call.Only(0)),
        ["replace"] = (value, call) => TemplateMethods.Replace(Text(value, call), call),
        ["length"] = (value, call) => Length(value, call.Only(0)),
        ["count"] = (value, call) => Length(value, call.Only(0)),
        ["list"] = (value, call) => TemplateValue.Items(value, call.Only(0).Place).ToList(),
        ["first"] = (value, call) => TemplateValue.Items(value, call.Only(0).Place).FirstOrDefault(new UndefinedValue("first")),
        ["last"] = (value, call) => TemplateValue.Items(value, call.Only(0).Place).LastOrDefault(new UndefinedValue("last")),
        ["join"] = (value, call) => string.Join(
            call.Only(1, "d").Text(0, "d") ?? "", TemplateValue.Items(value, call.Place).Select(item => TemplateValue.Text(item, call.Place))),
        ["items"] = (value, call) => value is UndefinedValue ? new List<object?>() : TemplateMethods.Call(value, call.Only(0)),
        ["tojson"] = (value, call) => TemplateJson.Write(value, call.Only(1, "indent")),
        ["default"] = Default,
        ["d"] = Default,
        ["select"] = (value, call) => Selected(value, call, keep: true, byAttribute: false),
        ["reject"] = (value, call) => Selected(value, call, keep: false, byAttribute: false),
        ["selectattr"] = (value, call) => Selected(value, call, keep: true, byAttribute: true),
        ["rejectattr"] = (value, call) => Selected(value, call, keep: false, byAttribute: true),
        ["map"] = (value, call) => call.Only(0, "attribute").Text(0, "attribute") is { } name
            ? TemplateValue.Items(value, call.Place).Select(item => TemplateValue.Member(item, name, call.Place)).ToList()
            : throw new TemplateException("map without attribute= is not supported", call.Place),
    };

    public static bool Knows(string name) => All.ContainsKey(name);

    public static object? Call(object? value, TemplateCall call) => All[call.Name](value, call);

    private static string Text(object? value, TemplateCall call) => TemplateValue.Text(value, call.Place);

    private static long Length(object? value, TemplateCall call) => value is NamespaceValue or null
        ? throw call.Wrong(value)
        : TemplateValue.Items(value, call.Place).LongCount();

    private static object? Default(object? value, TemplateCall call)
    {
        var given = call.Only(2, "default_value", "boolean");
        var takes = value is UndefinedValue || (TemplateValue.IsTrue(given.Value(1, "boolean", false)) && !TemplateValue.IsTrue(value));
        return takes ? given.Value(0, "default_value", "") : value;
    }

    /// <summary>The items, or those with an attribute, of which a test holds, or which are true where none is given.</summary>
    private static List<object?> Selected(object? value, TemplateCall call, bool keep, bool byAttribute)
    {
        object?[] arguments = [.. call.Only(byAttribute ? 3 : 2).Values];
        var attribute = !byAttribute ? null : arguments is [string named, ..] ? named : throw call.Wrong(arguments.FirstOrDefault());
        arguments = arguments[(byAttribute ? 1 : 0)..];
        var test = arguments is [] ? null : arguments[0] as string ?? throw call.Wrong(arguments[0]);
        if (test is not null && !TemplateTests.Knows(test))
        {
            throw new TemplateException($"the test \"{test}\" is not supported", call.Place);
        }

        bool Holds(object? item)
        {
            var tested = attribute is null ? item : TemplateValue.Member(item, attribute, call.Place);
            return test is null ? TemplateValue.IsTrue(tested) : TemplateTests.Call(tested, call with { Name = test, Values = arguments[1..] });
        }

        return [.. TemplateValue.Items(value, call.Place).Where(item => Holds(item) == keep)];
    }
}

/// <summary>The tests of Jinja that chat templates use, behind <c>is</c>.</summary>
internal static class TemplateTests
{
    private static readonly Dictionary<string, Func<object?, TemplateCall, bool>> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (value, _) => value is not UndefinedValue,
        ["undefined"] = (value, _) => value is UndefinedValue,
        ["none"] = (value, _) => value is null,
        ["string"] = (value, _) => value is string,
        ["boolean"] = (value, _) => value is bool,
        ["true"] = (value, _) => value is true,
        ["false"] = (value, _) => value is false,
        ["number"] = (value, _) => value is long or double or bool,
        ["integer"] = (value, _) => value is long,
        ["mapping"] = (value, _) => value is OrderedDictionary<string, object?>,
        ["iterable"] = (value, _) => value is string or List<object?> or OrderedDictionary<string, object?> or UndefinedValue,
        ["sequence"] = (value, _) => value is string or List<object?> or OrderedDictionary<string, object?> or UndefinedValue,
        ["odd"] = (value, call) => Remainder(value, call) == 1,
        ["even"] = (value, call) => Remainder(value, call) == 0,
        ["equalto"] = AreEqual,
        ["eq"] = AreEqual,
        ["ne"] = (value, call) => !AreEqual(value, call),
        ["in"] = (value, call) => TemplateValue.Holds(Argument(call), value, call.Place),
    };

    public static bool Knows(string name) => All.ContainsKey(name);

    public static bool Call(object? value, TemplateCall call) => All[call.Name](value, call);

    private static bool AreEqual(object? value, TemplateCall call) => TemplateValue.AreEqual(value, Argument(call));

    private static object? Argument(TemplateCall call) =>
        call.Values is [var only] ? only : throw new TemplateException($"the test \"{call.Name}\" takes one argument", call.Place);

    private static long Remainder(object? value, TemplateCall call) => value is long number ? ((number % 2) + 2) % 2 : throw call.Wrong(value);
}
