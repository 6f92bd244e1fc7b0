using System.CommandLine;
using System.Text.RegularExpressions;
using Tda.Cli;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>Options that the pages name in backticks exist on the verbs beside them, with the defaults that the pages give.</summary>
public partial class VerbOptionTests
{
    private const string Page = "docs/operations.md";

    private static readonly (string Path, Command Command, Option[] Options)[] Verbs = [.. Below(TdaCommands.Build(), "", [])];

    // They call other programs.
    private static readonly string[] Others = ["dotnet", "sqlite3", "transformers"];

    [Fact]
    public void Options_InBackticks_ExistOnTheVerbBesideThem()
    {
        List<string> wrong = [];
        var checkedOptions = 0;
        foreach (var file in MarkdownFile.All())
        {
            foreach (var (line, _, code) in file.Paragraphs())
            {
                var beside = code.SelectMany(VerbsOf).ToList();
                foreach (var span in code.Where(static span => !Others.Contains(span.Split(' ')[0])))
                {
                    // A span may name its verb itself; else it is one of the paragraph's; else of any.
                    var own = VerbsOf(span);
                    var candidates = own.Count > 0 ? own : beside.Count > 0 ? beside : [.. Verbs];
                    foreach (var name in OptionName().Matches(span).Select(static match => match.Value))
                    {
                        checkedOptions++;
                        if (!candidates.Exists(verb => verb.Options.Any(option => Is(option, name))))
                        {
                            wrong.Add($"{file.Name}:{line}: `{span}`: no {name} on {string.Join(", ", candidates.Select(static verb => verb.Path))}");
                        }
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(checkedOptions > 0, "no option was found in backticks");
    }

    [Fact]
    public void Defaults_InTheTable_AreAllThoseOfTheVerb()
    {
        var rows = MarkdownFile.Open(Page).Rows("verb", "defaults").ToList();
        var wrong = rows
            .Select(static row => (row.Line, Verb: row.Cells[0], Listed: $"`{row.Cells[1]}`", Code: string.Join(
                ", ",
                Verbs.Single(verb => verb.Path == row.Cells[0]).Command.Options
                    .Where(static option => DefaultOf(option) is not null)
                    .Select(static option => $"`{option.Name} {DefaultOf(option)}`"))))
            .Where(static row => row.Listed != row.Code)
            .Select(static row => $"{Page}:{row.Line}: {row.Verb}: the code has {row.Code}")
            .ToList();

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Empty(Verbs.Where(static verb => verb.Path.Length > 0 && !verb.Path.Contains(' ') && verb.Command.Options.Any(static option => DefaultOf(option) is not null))
            .Select(static verb => verb.Path).Except(rows.Select(static row => row.Cells[0])));
    }

    [Fact]
    public void Defaults_InProse_AreTheCodes()
    {
        var said = MarkdownFile.All().SelectMany(static file => file.Paragraphs().SelectMany(static paragraph => DefaultInProse().Matches(paragraph.Text))).ToList();
        Assert.All(said, static match => Assert.Contains(
            match.Groups["value"].Value.Replace(",", "", StringComparison.Ordinal),
            Verbs.SelectMany(static verb => verb.Options).Where(option => Is(option, match.Groups["name"].Value)).Select(DefaultOf)));
        Assert.True(said.Count > 0, "no default was found in prose");
    }

    private static IEnumerable<(string Path, Command Command, Option[] Options)> Below(Command command, string path, Option[] inherited)
    {
        yield return (path, command, [.. command.Options, .. inherited]);
        Option[] recursive = [.. inherited, .. command.Options.Where(static option => option.Recursive)];
        foreach (var verb in command.Subcommands.SelectMany(child => Below(child, $"{path} {child.Name}".Trim(), recursive)))
        {
            yield return verb;
        }
    }

    /// <summary>The verbs that the code begins with; a sub-verb may stand without its verb: <c>verify --deep</c>.</summary>
    private static List<(string Path, Command Command, Option[] Options)> VerbsOf(string code)
    {
        string[] words = [.. code.Split(' ').SkipWhile(static word => word is "tda" or "./tda").TakeWhile(static word => VerbName().IsMatch(word))];
        return Enumerable.Range(0, words.Length)
            .Select(left => string.Join(' ', words[..^left]))
            .Select(static path => Verbs.Where(verb => verb.Path == path || verb.Path.EndsWith(" " + path, StringComparison.Ordinal)).ToList())
            .FirstOrDefault(static found => found.Count > 0) ?? [];
    }

    private static bool Is(Option option, string name) => option.Name == name || option.Aliases.Contains(name);

    /// <summary>The default as one writes it on the command line; null where there is none, and for switches.</summary>
    private static string? DefaultOf(Option option)
    {
        var value = option.GetType().GetProperty("Standard") is { } standard ? standard.GetValue(option)
            : option.HasDefaultValue && option.ValueType != typeof(bool) ? option.GetDefaultValue()
            : null;
        return value switch
        {
            null or Array => null,
            Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!),
            double number => number.ToString("0.################", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    [GeneratedRegex("(?<![\\w-])--[a-z][a-z-]*")]
    private static partial Regex OptionName();

    [GeneratedRegex("^[a-z-]+$")]
    private static partial Regex VerbName();

    /// <summary>"`--threads` (default 1)", "`--kept-mib` (1,024 by default)".</summary>
    [GeneratedRegex(@"`(?<name>--[a-z-]+)` \((?:default )?(?<value>[\d.,]*\d)(?: by default)?\)")]
    private static partial Regex DefaultInProse();
}
