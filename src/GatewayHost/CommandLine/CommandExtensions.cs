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
        command.SetAction(async (parsed, cancel) =>
        {
            var home = TdaHome.Resolve(parsed.GetValue(CommonOptions.Home));
            var json = parsed.GetValue(CommonOptions.Json);
            using var progress = new ConsoleProgress(TimeProvider.System);
            return await action(new VerbContext(parsed, home, progress, json, cancel));
        });
        return command;
    }

    private sealed class VerbCommand(string name, string description, string example) : Command(name, description)
    {
        public string Example => example;

        public bool IsResumable { get; set; }
    }
}
