using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tda.Labels.Labelers;

/// <summary>
/// Labels by rules, word lists and regular expressions with weights: a label's value is <c>1 − Π (1 − weight)</c> over its rules that match,
/// 0 where none does, so that two weak signs make a stronger one.
/// <code>
/// labels:
///   advertising:
///     - words: [free money, winner]
///       weight: .6
///     - pattern: '\$\d+ off'
/// </code>
/// </summary>
public sealed class RuleLabeler : TextLabeler
{
    private const string Remedy = "Write 'labels:', under it names, under each a list of rules with words or a pattern, and perhaps weight (above 0, at most 1) and case (true or false).";

    private readonly IReadOnlyList<(string Label, IReadOnlyList<Rule> Rules)> _rules;

    private RuleLabeler(string name, IReadOnlyList<(string Label, IReadOnlyList<Rule> Rules)> rules)
    {
        (Name, _rules) = (name, rules);
        Labels = [.. rules.Select(one => one.Label)];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Labels { get; }

    /// <summary>Reads rules.</summary>
    /// <exception cref="BadInputException">The file can't be read, or rules are wrong: all of them at once, with their lines.</exception>
    public static RuleLabeler Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, FileFault.Describe(path, error), inner: error);
        }

        List<(long Line, string Error)> errors = [];
        List<(string, IReadOnlyList<Rule>)> labels = [];
        foreach (var (name, rules) in Mapping(Root(path, text), "labels", errors))
        {
            if (!LabelCondition.IsName(name.Value ?? ""))
            {
                errors.Add((name.Start.Line, $"'{name.Value}' can't be a label's name: 1 to 64 letters, digits, '.', '-' or '_'"));
            }

            if (rules is not YamlSequenceNode { Children.Count: > 0 } list)
            {
                errors.Add((name.Start.Line, $"{name.Value} needs a list of rules"));
                continue;
            }

            labels.Add((name.Value ?? "", [.. list.Children.Select(rule => ReadRule(rule, errors)).OfType<Rule>()]));
        }

        if (labels.Count == 0 && errors.Count == 0)
        {
            errors.Add((1, "there is no label"));
        }

        return errors.Count == 0
            ? new RuleLabeler($"rules {Path.GetFileName(path)} ({Hashing.Sha256(Encoding.UTF8.GetBytes(text))[..12]})", labels)
            : throw new BadInputException(path, string.Join("; ", errors.OrderBy(one => one.Line).Select(one => $"line {one.Line}: {one.Error}")), remedy: Remedy);
    }

    /// <inheritdoc/>
    protected override IEnumerable<double[]> Values(IReadOnlyList<string> texts, CancellationToken cancel)
    {
        foreach (var text in texts)
        {
            cancel.ThrowIfCancellationRequested();
            yield return [.. _rules.Select(label => 1 - label.Rules.Where(rule => rule.Matches(text)).Aggregate(1.0, (rest, rule) => rest * (1 - rule.Weight)))];
        }
    }

    private static YamlMappingNode Root(string path, string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents is [{ RootNode: YamlMappingNode mapping }] ? mapping : throw new BadInputException(path, "isn't one YAML mapping", remedy: Remedy);
        }
        catch (YamlException error)
        {
            throw new BadInputException(path, $"isn't YAML: {(error.InnerException ?? error).Message}", line: error.Start.Line, remedy: Remedy, inner: error);
        }
    }

    private static List<(YamlScalarNode Name, YamlNode Value)> Mapping(YamlMappingNode root, string wanted, List<(long, string)> errors)
    {
        errors.AddRange(root.Children.Keys.Where(key => key is not YamlScalarNode scalar || scalar.Value != wanted).Select(key => (key.Start.Line, $"there is no setting '{key}'; rules have '{wanted}'")));
        if (root.Children.TryGetValue(new YamlScalarNode(wanted), out var value) && value is YamlMappingNode mapping)
        {
            return [.. mapping.Children.Where(pair => pair.Key is YamlScalarNode).Select(pair => ((YamlScalarNode)pair.Key, pair.Value))];
        }

        errors.Add((value?.Start.Line ?? root.Start.Line, $"'{wanted}' must be a mapping of labels"));
        return [];
    }

    private static Rule? ReadRule(YamlNode node, List<(long Line, string Error)> errors)
    {
        if (node is not YamlMappingNode mapping)
        {
            errors.Add((node.Start.Line, "a rule must have words or a pattern"));
            return null;
        }

        var (before, weight, isCased) = (errors.Count, 1.0, false);
        string? pattern = null;
        foreach (var (key, value) in mapping.Children)
        {
            var (name, text) = ((key as YamlScalarNode)?.Value, (value as YamlScalarNode)?.Value);
            switch (name)
            {
                case "words" when value is YamlSequenceNode { Children.Count: > 0 } list && list.Children.All(word => word is YamlScalarNode { Value.Length: > 0 }):
                    pattern = Phrases.Pattern(list.Children.Select(word => ((YamlScalarNode)word).Value!));
                    break;
                case "words":
                    errors.Add((value.Start.Line, "words must be a list of words or phrases"));
                    break;
                case "pattern" when text is { Length: > 0 }:
                    pattern = text;
                    break;
                case "pattern":
                    errors.Add((value.Start.Line, "pattern must be a regular expression"));
                    break;
                case "weight" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out weight) && weight is > 0 and <= 1:
                    break;
                case "weight":
                    errors.Add((value.Start.Line, $"weight is '{text}'; it must be above 0 and at most 1"));
                    break;
                case "case" when bool.TryParse(text, out isCased):
                    break;
                case "case":
                    errors.Add((value.Start.Line, $"case is '{text}'; it must be true or false"));
                    break;
                default:
                    errors.Add((key.Start.Line, $"a rule has no '{name}'; it has words or pattern, weight, case"));
                    break;
            }
        }

        if (errors.Count > before)
        {
            return null;
        }

        if (pattern is null || (Has("words") && Has("pattern")))
        {
            errors.Add((mapping.Start.Line, "a rule must have either words or a pattern"));
            return null;
        }

        try
        {
            // Matching takes time in proportion to the text, whatever the pattern; what can't be matched so is refused.
            var options = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | (isCased ? RegexOptions.None : RegexOptions.IgnoreCase);
            return new Rule(new Regex(pattern, options), weight);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            errors.Add((mapping.Start.Line, $"the pattern can't be used: {error.Message.Split('\n')[0].TrimEnd('.', '\r')}"));
            return null;
        }

        bool Has(string name) => mapping.Children.ContainsKey(new YamlScalarNode(name));
    }

    private sealed record Rule(Regex Pattern, double Weight)
    {
        public bool Matches(string text) => Pattern.IsMatch(text);
    }
}

/// <summary>Words and phrases as a regular expression: whole, with any white space between the words of a phrase.</summary>
internal static class Phrases
{
    /// <summary>Matches any of them.</summary>
    /// <remarks>Boundaries without look-around, which linear-time matching can't do: a neighbour is no letter, digit or underscore, or isn't there.</remarks>
    public static string Pattern(IEnumerable<string> phrases) =>
        $@"(?:^|\W)(?:{string.Join('|', phrases.Select(phrase => string.Join(@"\s+", phrase.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Regex.Escape))))})(?:\W|$)";
}
