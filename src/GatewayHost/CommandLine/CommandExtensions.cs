using Tda.GatewayHost.Terminal;

namespace Tda.GatewayHost.CommandLine;

/// <summary>Builds verbs in one style.</summary>
public static class CommandExtensions
{
    /// <summary>The example that stands under a command's help.</summary>
    public static string? Example(this Command command) => (command as VerbCommand)?.Example;

    /// <summary>Whether a stopped run of a command is gone on with by the next.</summary>
    public static bool IsResumable(this Command command) => command is VerbCommand { IsResumable: true };

    /// <summary>Says that a stopped run of the command is gone on with by the next; all others begin anew.</summary>
    public static Command Resumes(this Command command)
    {
        ((VerbCommand)command).IsResumable = true;
        return command;
    }

    /// <summary>Shows some options of a command under a title of their own in its help; the others stand first, under "Options".</summary>
    public static Command Grouped(this Command command, string title, params Option[] options)
    {
        ((VerbCommand)command).Groups.Add(new OptionGroup(title, options));
        return command;
    }

    /// <summary>A command's own options in the groups of its help; required ones first.</summary>
    internal static IEnumerable<OptionGroup> OptionGroups(this Command command)
    {
        var groups = (command as VerbCommand)?.Groups ?? [];
        Option[] others = [.. command.Options.Where(option => !option.Recursive && !groups.Any(group => group.Options.Contains(option)))];
        return groups.Prepend(new OptionGroup("Options", [.. others.OrderBy(option => !option.Required)]));
    }

    /// <summary>A command's own options and those of the commands above it that hold for it too.</summary>
    internal static IEnumerable<Option> AllOptions(this Command command) => command.Options.Concat(
        command.Parents.OfType<Command>().SelectMany(parent => parent.AllOptions()).Where(option => option.Recursive));

    /// <summary>Shows a program's verbs in groups, each with one line, and a first step below; those in no group come last.</summary>
    public static void Overview(this RootCommand root, string firstStep, params VerbGroup[] groups)
    {
        var program = (ProgramCommand)root;
        (program.FirstStep, program.Groups) = (firstStep, groups);
    }

    /// <summary>The first step that stands under a program's verbs.</summary>
    internal static string? FirstStep(this Command command) => (command as ProgramCommand)?.FirstStep;

    /// <summary>A command's verbs in the groups of its help.</summary>
    internal static IEnumerable<VerbGroup> VerbGroups(this Command command)
    {
        var groups = (command as ProgramCommand)?.Groups ?? [];
        var others = command.Subcommands.Where(verb => !groups.Any(group => group.Verbs.Any(shown => shown.Name == verb.Name)));
        return groups.Append(new VerbGroup(groups.Count == 0 ? "Verbs" : "More", [.. others.Select(verb => (verb.Name, verb.Description ?? ""))]));
    }

    /// <summary>Makes a command whose help ends with an example.</summary>
    public static Command Verb(string name, string description, string example, params Symbol[] symbols)
    {
        var command = new VerbCommand(name, description, example);
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Option option: command.Options.Add(option); break;
                case Argument argument: command.Arguments.Add(argument); break;
                case Command child: command.Subcommands.Add(child); break;
            }
        }

        return command;
    }

    /// <inheritdoc cref="Runs(Command, Func{VerbContext, Task{int}})"/>
    public static Command Runs(this Command command, Func<VerbContext, int> action) => command.Runs(context => Task.FromResult(action(context)));

    /// <summary>Sets what the command does.</summary>
    public static Command Runs(this Command command, Func<VerbContext, Task<int>> action)
    {
        ((VerbCommand)command).Work = action;
        command.SetAction(async (parsed, cancel) =>
        {
            var home = TdaHome.Resolve(parsed.GetValue(CommonOptions.Home));
            var json = parsed.GetValue(CommonOptions.Json);
            using var progress = new ConsoleProgress(TimeProvider.System);
            return await action(new VerbContext(parsed, home, progress, json, cancel));
        });
        return command;
    }

    /// <summary>What <see cref="Runs(Command, Func{VerbContext, Task{int}})"/> set; null for one that only has verbs below it.</summary>
    internal static Func<VerbContext, Task<int>>? Work(this Command command) => (command as VerbCommand)?.Work;

    private sealed class VerbCommand(string name, string description, string example) : Command(name, description)
    {
        public string Example => example;

        public bool IsResumable { get; set; }

        public Func<VerbContext, Task<int>>? Work { get; set; }

        public List<OptionGroup> Groups { get; } = [];
    }
}

/// <summary>Verbs that the program's help shows together.</summary>
/// <param name="Title">What they are for.</param>
/// <param name="Verbs">Each verb with its one line.</param>
public sealed record VerbGroup(string Title, params (string Name, string Line)[] Verbs);

/// <summary>Options that a verb's help shows together.</summary>
internal sealed record OptionGroup(string Title, IReadOnlyList<Option> Options);

/// <summary>A program: its verbs in groups, and where to begin.</summary>
internal sealed class ProgramCommand(string description) : RootCommand(description)
{
    public IReadOnlyList<VerbGroup> Groups { get; set; } = [];

    public string? FirstStep { get; set; }
}
