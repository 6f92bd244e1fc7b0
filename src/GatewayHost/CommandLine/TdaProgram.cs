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

    /// <summary>A root command with the options that every verb has.</summary>
    public static RootCommand Root(string description) => new(description)
    {
        Options = { CommonOptions.Home, CommonOptions.Store, CommonOptions.Json, CommonOptions.Verbose },
    };

    /// <summary>Runs the program.</summary>
    /// <param name="root">Its verbs.</param>
    /// <param name="args">The command line, without the program's name.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"tda: {error.Message}");
            }

            foreach (var token in parsed.UnmatchedTokens)
            {
                if (NearestName(token, parsed.CommandResult.Command) is { } name)
                {
                    await Console.Error.WriteLineAsync($"Did you mean '{name}'?");
                }
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
                await Console.Out.WriteLineAsync($"Example:\n  {Wrapped(example)}\n");
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

    /// <summary>The verb or option that an unknown word is likely to stand for: a third of its letters may differ; null where none is near.</summary>
    private static string? NearestName(string word, Command command)
    {
        var inherited = command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(option => option.Recursive));
        return command.Subcommands.Select(verb => verb.Name)
            .Concat(command.Options.Concat(inherited).Select(option => option.Name))
            .Select(name => (Name: name, Distance: EditDistance(word, name)))
            .Where(near => near.Distance <= Math.Max(1, word.Length / 3))
            .OrderBy(near => near.Distance)
            .Select(near => near.Name)
            .FirstOrDefault();
    }

    /// <summary>Letters to insert, delete, replace or swap with their neighbour (Damerau and Levenshtein).</summary>
    private static int EditDistance(string one, string other)
    {
        var cost = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                    cost[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[one.Length, other.Length];
    }

    /// <summary>A command line of over 78 characters on several lines, as a shell takes it.</summary>
    private static string Wrapped(string line)
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
