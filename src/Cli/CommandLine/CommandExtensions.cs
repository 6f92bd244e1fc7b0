using System.Collections.Concurrent;
using System.CommandLine;
using Tda.Cli.Terminal;
using Tda.Core.Home;

namespace Tda.Cli.CommandLine;

/// <summary>Builds verbs in one style.</summary>
public static class CommandExtensions
{
    // Tests build the tree on several threads.
    private static readonly ConcurrentDictionary<Command, string> Examples = new();

    /// <summary>The example that stands under a command's help.</summary>
    public static string? Example(this Command command) => Examples.GetValueOrDefault(command);

    /// <summary>Makes a command whose help ends with an example.</summary>
    public static Command Verb(string name, string description, string example, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        Examples[command] = example;
        foreach (Symbol symbol in symbols)
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

    /// <summary>Sets what the command does.</summary>
    public static Command Runs(this Command command, Func<VerbContext, Task<int>> action)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            var home = TdaHome.Resolve(parsed.GetValue(CommonOptions.Home));
            bool json = parsed.GetValue(CommonOptions.Json);
            await using var progress = new ConsoleProgress(TimeProvider.System);
            return await action(new VerbContext(parsed, home, progress, json, cancel));
        });
        return command;
    }
}
