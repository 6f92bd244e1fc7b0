using System.Collections;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Tda.GatewayHost.Terminal;

namespace Tda.GatewayHost.CommandLine;

/// <summary>`--help`, and the program's name alone: verbs and options in groups, within the terminal's width.</summary>
/// <remarks>The library's own page has one list of verbs and one of options, global ones among them, and no example.</remarks>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int WidthOfFiles = 80;
    private const int Narrowest = 60;
    private const int Widest = 100;
    private const int WidestLeft = 26;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult) => Write(parseResult.CommandResult.Command, Console.Out);

    /// <summary>Writes a command's page.</summary>
    /// <returns>Exit code 0.</returns>
    public static int Write(Command command, TextWriter output)
    {
        var width = Console.IsOutputRedirected ? WidthOfFiles : Math.Clamp(Console.WindowWidth, Narrowest, Widest);
        var page = new StringBuilder();
        foreach (var paragraph in (command.Description ?? "").Split('\n'))
        {
            page.AppendLine(string.Join('\n', PlainText.Wrapped(paragraph, width)));
        }

        page.AppendLine().AppendLine($"Usage: {Usage(command)}");
        foreach (var (title, rows) in Sections(command).Where(section => section.Rows.Count > 0))
        {
            page.AppendLine().AppendLine(title + ":");
            WriteRows(page, rows, width);
        }

        if (command.FirstStep() is { } step)
        {
            page.AppendLine().AppendLine(step);
        }

        if (command.Example() is { } example)
        {
            page.AppendLine().AppendLine($"Example:\n  {OnSeveralLines(example)}");
        }

        output.Write(page.Replace('\u00a0', ' ')); // which kept a default on one line
        return 0;
    }

    private static IEnumerable<(string Title, List<(string Left, string Right)> Rows)> Sections(Command command)
    {
        var longest = command.Subcommands.Select(verb => verb.Name.Length).DefaultIfEmpty(0).Max(); // one column for the verbs of all groups
        foreach (var (title, verbs) in command.VerbGroups())
        {
            yield return (title, [.. verbs.Select(verb => (verb.Name.PadRight(longest), verb.Line))]);
        }

        yield return ("Arguments", [.. command.Arguments.Select(argument => (argument.Name, argument.Description ?? ""))]);
        foreach (var (title, options) in command.OptionGroups())
        {
            yield return (title, [.. options.Where(option => !option.Hidden).Select(Row)]);
        }

        var everywhere = command.AllOptions().Where(option => option.Recursive).OrderBy(option => option is HelpOption).Select(Row);
        yield return ("Every verb takes", [.. everywhere]);
    }

    private static (string Left, string Right) Row(Option option)
    {
        var names = option is HelpOption ? "-h, --help" : option.Name;
        var value = IsFlag(option) ? "" : $" {option.HelpName ?? "VALUE"}";
        var text = option is HelpOption ? "Show this" : option.Description ?? "";
        return (names + value, text + (option.Required ? " (required)" : "") + (DefaultOf(option) is { } standard ? $" [default:\u00a0{standard}]" : ""));
    }

    private static string? DefaultOf(Option option) =>
        !option.HasDefaultValue || IsFlag(option) ? null : option.GetDefaultValue() switch
        {
            null => null,
            string text => text,
            IEnumerable list => string.Join(' ', list.Cast<object>().Select(Text)) is { Length: > 0 } joined ? joined : null,
            var one => Text(one),
        };

    private static bool IsFlag(Option option) => option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0;

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Usage(Command command)
    {
        var names = command.Parents.OfType<Command>().Select(parent => parent.Name).Append(command.Name);
        var arguments = command.Arguments.Select(argument => argument.Arity.MaximumNumberOfValues > 1 ? $"{argument.Name} …" : argument.Name);
        return string.Join(' ', [.. names, .. command.Subcommands.Count > 0 ? ["VERB"] : Array.Empty<string>(), .. arguments, "[options]"]);
    }

    private static void WriteRows(StringBuilder page, List<(string Left, string Right)> rows, int width)
    {
        var left = Math.Min(WidestLeft, rows.Max(row => row.Left.Length));
        var indent = new string(' ', left + 4);
        foreach (var row in rows)
        {
            var lines = PlainText.Wrapped(row.Right, width - indent.Length);
            var own = row.Left.Length > left; // its text begins on the next line
            page.AppendLine(own ? $"  {row.Left}" : $"  {row.Left.PadRight(left)}  {lines[0]}".TrimEnd());
            foreach (var line in own ? lines : lines.Skip(1))
            {
                page.AppendLine(indent + line);
            }
        }
    }

    /// <summary>A command line of over 78 characters on several lines, as a shell takes it.</summary>
    private static string OnSeveralLines(string line)
    {
        var text = new StringBuilder();
        var column = 0;
        foreach (var part in line.Split(" --"))
        {
            if (column > 0 && column + part.Length > 74)
            {
                text.Append(" \\\n   ");
                column = 3;
            }

            text.Append(text.Length > 0 ? " --" : "").Append(part);
            column += part.Length + 3;
        }

        return text.ToString();
    }
}
