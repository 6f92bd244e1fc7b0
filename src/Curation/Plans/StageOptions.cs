using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tda.Curation.Plans;

/// <summary>
/// The options of one stage, read from its YAML mapping. What is wrong is collected with its line, so that a user is told of all errors at
/// once; the value returned then is the default. Names are in snake case.
/// </summary>
/// <param name="mapping">The options; null where none are given.</param>
/// <param name="line">Line of the stage, from 1.</param>
/// <param name="folder">Folder that paths are relative to: the plan's own.</param>
/// <param name="errors">Where errors go.</param>
public sealed class StageOptions(YamlMappingNode? mapping, long line, string folder, PlanErrors errors)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A number between <paramref name="min"/> and <paramref name="max"/>, both allowed.</summary>
    public double Number(string name, double standard, double min = double.MinValue, double max = double.MaxValue) =>
        NumberOrNone(name, min, max) ?? standard;

    /// <inheritdoc cref="Number"/>
    /// <returns>Null where it isn't given.</returns>
    public double? NumberOrNone(string name, double min = double.MinValue, double max = double.MaxValue)
    {
        if (Scalar(name, "a number") is not { } node)
        {
            return null;
        }

        if (double.TryParse(node.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        errors.Add(node.Start.Line, $"{name} is '{node.Value}'; it must be a number{Bounds(min, double.MinValue, max, double.MaxValue)}");
        return null;
    }

    /// <summary>A whole number between <paramref name="min"/> and <paramref name="max"/>, both allowed.</summary>
    public int Count(string name, int standard, int min = 0, int max = int.MaxValue) => CountOrNone(name, min, max) ?? standard;

    /// <inheritdoc cref="Count"/>
    /// <returns>Null where it isn't given.</returns>
    public int? CountOrNone(string name, int min = 0, int max = int.MaxValue)
    {
        if (Scalar(name, "a whole number") is not { } node)
        {
            return null;
        }

        if (int.TryParse(node.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        errors.Add(node.Start.Line, $"{name} is '{node.Value}'; it must be a whole number{Bounds(min, int.MinValue, max, int.MaxValue)}");
        return null;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool standard)
    {
        if (Scalar(name, "true or false") is not { } node)
        {
            return standard;
        }

        if (bool.TryParse(node.Value, out var flag))
        {
            return flag;
        }

        errors.Add(node.Start.Line, $"{name} is '{node.Value}'; it must be true or false");
        return standard;
    }

    /// <summary>A text; null where it isn't given.</summary>
    public string? Text(string name) => Scalar(name, "a text")?.Value;

    /// <summary>A text that must be given; empty where it isn't, which is an error.</summary>
    public string Required(string name)
    {
        var text = Text(name);
        if (string.IsNullOrEmpty(text))
        {
            errors.Add(line, $"{name} is missing");
        }

        return text ?? "";
    }

    /// <summary>One of an enum's names in snake case.</summary>
    public T Choice<T>(string name, T standard)
        where T : struct, Enum
    {
        if (Scalar(name, "a word") is not { } node)
        {
            return standard;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (Spelled(value) == node.Value)
            {
                return value;
            }
        }

        errors.Add(node.Start.Line, $"{name} is '{node.Value}'; it must be one of {string.Join(", ", Enum.GetValues<T>().Select(Spelled))}");
        return standard;
    }

    /// <summary>A list of texts, or one text; empty where it isn't given.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        switch (Find(name))
        {
            case null:
                return [];
            case YamlScalarNode one:
                return [one.Value!];
            case YamlSequenceNode many when many.All(item => item is YamlScalarNode):
                return [.. many.Select(item => ((YamlScalarNode)item).Value!)];
            case var other:
                errors.Add(other.Start.Line, $"{name} must be a list of texts");
                return [];
        }
    }

    /// <summary>The path of a file or folder that must exist, relative to the plan; null where it isn't given.</summary>
    public string? Path(string name) =>
        Scalar(name, "a path") is { Value: { Length: > 0 } given } node ? Existing(name, given, node.Start.Line) : null;

    /// <summary>Paths of files or folders that must exist, relative to the plan: a list, or one; empty where it isn't given.</summary>
    public IReadOnlyList<string> Paths(string name) => [.. Texts(name).Select(given => Existing(name, given, Find(name)!.Start.Line))];

    /// <summary>Notes that a value can't be used for another reason.</summary>
    public void Fail(string name, string reason) => errors.Add(Find(name)?.Start.Line ?? line, $"{name}: {reason}");

    /// <summary>Notes every option that nothing asked for: it is misspelled, or of another stage.</summary>
    internal void RefuseUnknown()
    {
        foreach (var key in mapping?.Children.Keys ?? [])
        {
            if (key is YamlScalarNode { Value: { } name } && !_known.Contains(name))
            {
                errors.Add(key.Start.Line, $"there is no option '{name}' here{(NearestNames.Question(name, _known) is { } question ? $". {question}" : "")}");
            }
        }
    }

    private static string Spelled<T>(T value)
        where T : struct, Enum => JsonDefaults.Word(value);

    private static string Bounds<T>(T min, T lowest, T max, T highest)
        where T : struct, IComparable<T>, IFormattable
    {
        var (isLow, isHigh) = (min.CompareTo(lowest) > 0, max.CompareTo(highest) < 0);
        return isLow && isHigh ? FormattableString.Invariant($" between {min} and {max}")
            : isLow ? FormattableString.Invariant($" of at least {min}")
            : isHigh ? FormattableString.Invariant($" of at most {max}")
            : "";
    }

    private string Existing(string name, string given, long at)
    {
        var path = System.IO.Path.GetFullPath(given, folder);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            errors.Add(at, $"{name}: there is no {path}");
        }

        return path;
    }

    private YamlNode? Find(string name)
    {
        _known.Add(name);
        return mapping is not null && mapping.Children.TryGetValue(new YamlScalarNode(name), out var node) && !IsNull(node) ? node : null;
    }

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" };

    private YamlScalarNode? Scalar(string name, string kind)
    {
        var node = Find(name);
        if (node is null or YamlScalarNode)
        {
            return (YamlScalarNode?)node;
        }

        errors.Add(node.Start.Line, $"{name} must be {kind}");
        return null;
    }
}

/// <summary>What is wrong in a plan, line by line.</summary>
public sealed class PlanErrors
{
    private readonly List<(long Line, string Error)> _errors = [];

    /// <summary>Notes an error.</summary>
    /// <param name="line">Line of the file, from 1.</param>
    /// <param name="error">A sentence without a full stop.</param>
    public void Add(long line, string error) => _errors.Add((line, error));

    /// <summary>Throws if there is any.</summary>
    /// <exception cref="BadInputException">Names all errors, each with its line.</exception>
    public void Throw(string path)
    {
        if (_errors.Count > 0)
        {
            throw new BadInputException(path, string.Join("; ", _errors.OrderBy(one => one.Line).Select(one => $"line {one.Line}: {one.Error}")));
        }
    }
}
