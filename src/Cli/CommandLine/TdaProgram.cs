using System.CommandLine;
using System.CommandLine.Help;
using Tda.Cli.Terminal;

namespace Tda.Cli.CommandLine;

/// <summary>The `tda` command: parses, runs one verb, and turns every outcome into an exit code.</summary>
/// <remarks>0 done, 1 failed, 2 wrong usage, 3 bad input data; 130 when stopped with Ctrl+C before the end.</remarks>
public static class TdaProgram
{
    /// <summary>Exit code of a shell command ended by SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the program.</summary>
    /// <param name="args">The command line, without the program's name.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = TdaCommands.Build();
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"tda: {error.Message}");
            }

            await Console.Error.WriteLineAsync($"Run '{CommandPath(parsed)} --help' for the options and an example.");
            return 2;
        }

        var verbose = parsed.GetValue(CommonOptions.Verbose);
        try
        {
            using var stop = new StopSignals();
            // The library's own handling of signals would turn every stop, a server's too, into exit code 130.
            var code = await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
            if (parsed.Action is HelpAction && parsed.CommandResult.Command.Example() is { } example)
            {
                await Console.Out.WriteLineAsync($"Example:\n  {example}\n");
            }

            return code;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(parsed.CommandResult.Command.IsResumable()
                ? "tda: stopped. What was done is kept: run the same command to go on."
                : "tda: stopped. What was stored before is as it was; the same command begins anew.");
            return Interrupted;
        }
        catch (Exception error)
        {
            return ErrorReport.Write(error, verbose);
        }
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(result.Command is RootCommand ? "tda" : result.Command.Name);
        }

        return string.Join(' ', names);
    }
}
