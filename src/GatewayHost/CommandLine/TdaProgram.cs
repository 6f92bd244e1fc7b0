using System.CommandLine.Help;
using System.Runtime.InteropServices;
using Tda.GatewayHost.Terminal;

namespace Tda.GatewayHost.CommandLine;

/// <summary>The program: parses, runs one verb, and turns every outcome into an exit code.</summary>
/// <remarks>0 done, 1 failed, 2 wrong usage, 3 bad input data; 130 when stopped with Ctrl+C before the end.</remarks>
public static class TdaProgram
{
    /// <summary>Exit code of a shell command ended by SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>A root command with the options that every verb has, and with help and completions.</summary>
    public static RootCommand Root(string description)
    {
        var root = new ProgramCommand(description)
        {
            Options = { CommonOptions.Home, CommonOptions.Store, CommonOptions.Json, CommonOptions.Verbose },
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpPage();
        return root;
    }

    /// <summary>Runs the program.</summary>
    /// <param name="root">Its verbs.</param>
    /// <param name="args">The command line, without the program's name.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        NumberOptions.SpeakPlainly(root);
        var parsed = root.Parse(args);
        var json = args.Contains(CommonOptions.Json.Name);
        if (parsed.CommandResult.Command == root && parsed.Tokens.Count == 0)
        {
            return HelpPage.Write(root, Console.Out);
        }

        var suggests = root.Directives.Any(directive => parsed.GetResult(directive) is not null);
        if (parsed.Errors.Count > 0 && !suggests && parsed.Action is not HelpPage)
        {
            WrongUsage(parsed).Write(json);
            return ErrorReport.Usage;
        }

        var verbose = parsed.GetValue(CommonOptions.Verbose);
        try
        {
            using var stop = new StopSignals();
            // The library's own handling of signals would turn every stop, a server's too, into exit code 130.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (OperationCanceledException)
        {
            var message = parsed.CommandResult.Command.IsResumable()
                ? "stopped. What was done is kept: run the same command to go on."
                : "stopped. What was stored before is as it was; the same command begins anew.";
            new ErrorReport("stopped", message, null, null, null, Interrupted).Write(json);
            return Interrupted;
        }
        catch (Exception error)
        {
            return ErrorReport.Write(error, verbose, json);
        }
    }

    private static ErrorReport WrongUsage(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var known = command.Subcommands.Select(verb => verb.Name).Concat(command.AllOptions().Select(option => option.Name)).ToList();
        var questions = parsed.UnmatchedTokens.Select(token => NearestNames.Question(token, known)).OfType<string>();
        var hint = string.Join('\n', [.. questions, $"Run '{CommandPath(parsed)} --help' for the options and an example."]);
        var errors = command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var word, ..]
            ? $"'{word}' is no {(word.StartsWith('-') ? "option" : "verb")} of {CommandPath(parsed)}"
            : command.Subcommands.Count > 0 && command.Action is null
            ? $"{CommandPath(parsed)} needs a verb: {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}"
            : string.Join("; ", parsed.Errors.Select(error => error.Message.TrimEnd('.')));
        return new ErrorReport("usage", errors, null, null, hint, ErrorReport.Usage);
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(result.Command.Name);
        }

        return string.Join(' ', names);
    }
}

/// <summary>Ctrl+C and SIGTERM as a cancellation: the job leaves a resumable state and ends by itself. A second one ends it at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() => _registrations =
        [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
        {
            return; // The signal's own effect: the process ends.
        }

        context.Cancel = true;
        _source.Cancel();
    }
}
