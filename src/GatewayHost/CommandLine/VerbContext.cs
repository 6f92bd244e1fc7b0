using System.Text.RegularExpressions;
using Tda.GatewayHost.Terminal;
using Tda.Store;

namespace Tda.GatewayHost.CommandLine;

/// <summary>What a verb's action gets: its parsed options, the home, progress and output.</summary>
/// <param name="Parsed">The parsed command line.</param>
/// <param name="Home">Where data lives.</param>
/// <param name="Progress">Progress on standard error.</param>
/// <param name="Json">Whether the user asked for JSON.</param>
/// <param name="Cancel">Cancelled by Ctrl+C and SIGTERM.</param>
public sealed partial record VerbContext(ParseResult Parsed, TdaHome Home, ConsoleProgress Progress, bool Json, CancellationToken Cancel)
{
    /// <summary>The command line as a shell takes it, for an artifact to note. A password in an address is left out.</summary>
    public string CommandLine => string.Join(' ', Parsed.Tokens.Select(token => Quoted(Password().Replace(token.Value, "://$1@"))).Prepend("tda"));

    public T Get<T>(Option<T> option) =>
        option is SpelledOption<T> spelled && Parsed.GetResult(option) is null ? spelled.Standard : Parsed.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>Opens the log of exchanges that the options name.</summary>
    public Task<IExchangeStore> OpenStoreAsync() =>
        ExchangeStore.OpenAsync(Home, new() { Location = Parsed.GetValue(CommonOptions.Store) }, cancellationToken: Cancel);

    /// <summary>Prints the verb's result: as JSON when asked for, else as <paramref name="text"/> puts it.</summary>
    public int Done(object result, Action<IAnsiConsole> text)
    {
        Progress.Stop(); // else its last frame is drawn over the result
        if (Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(result, result.GetType(), JsonDefaults.Indented));
        }
        else
        {
            text(Output());
        }

        return 0;
    }

    /// <summary>Asks on the terminal before something that can't be undone, or takes long.</summary>
    /// <param name="question">The question, with its mark.</param>
    /// <param name="yes">Whether the command line has answered it.</param>
    /// <exception cref="UsageException">It has not, and nobody is there to ask.</exception>
    /// <exception cref="OperationCanceledException">Ctrl+C was the answer.</exception>
    public async Task<bool> ConfirmAsync(string question, bool yes)
    {
        if (yes)
        {
            return true;
        }

        if (!CanAsk)
        {
            throw new UsageException($"{question} Nobody is there to answer: give --yes.");
        }

        Progress.Stop();
        Console.Error.Write($"{question} [y/N] ");
        var answer = await Task.Run(Console.ReadLine, Cancel).WaitAsync(Cancel); // the wait for a line can't itself be stopped
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>Whether somebody sits at a terminal.</summary>
    public bool CanAsk => !Json && !Console.IsInputRedirected && !Console.IsErrorRedirected;

    private static IAnsiConsole Output()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }
        // A pipe or file has neither colours nor a width: lines stay whole.
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        plain.Profile.Width = 4096;
        return plain;
    }

    private static string Quoted(string word) =>
        PlainWord().IsMatch(word) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"://([^:@/\s]*):\S*@")]
    private static partial Regex Password();

    [GeneratedRegex(@"^[\w./:=,+@%-]+$")]
    private static partial Regex PlainWord();
}
