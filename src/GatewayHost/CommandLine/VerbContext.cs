using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tda.GatewayHost.Terminal;
using Tda.Store;

namespace Tda.GatewayHost.CommandLine;

/// <summary>What a verb's action gets: its parsed options, the home, progress and output.</summary>
/// <param name="Parsed">The parsed command line.</param>
/// <param name="Home">Where data lives.</param>
/// <param name="Progress">Progress: bars or lines on standard error.</param>
/// <param name="Json">Whether the user asked for JSON.</param>
/// <param name="Cancel">Cancelled by Ctrl+C and SIGTERM.</param>
public sealed partial record VerbContext(ParseResult Parsed, TdaHome Home, IProgressSink Progress, bool Json, CancellationToken Cancel)
{
    // What a verb that another one runs came to, as --json prints it.
    private NestedResult? _nested;

    /// <summary>Whether another verb runs this one.</summary>
    public bool IsNested => _nested is not null;

    /// <summary>The command line as a shell takes it, for an artifact to note. A password in an address is left out.</summary>
    public string CommandLine => string.Join(' ', Parsed.Tokens.Select(token => Quoted(Password().Replace(token.Value, "://$1@"))).Prepend("tda"));

    public T Get<T>(Option<T> option) =>
        option is SpelledOption<T> spelled && Parsed.GetResult(option) is null ? spelled.Standard : Parsed.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>Whether an option was written, and isn't just at its default.</summary>
    public bool IsGiven(Option option) => Parsed.GetResult(option) is { Implicit: false };

    /// <summary>The words that start this program again, for one of its verbs; null where it has no such verb, as the gateway's own program has few.</summary>
    public IReadOnlyList<string>? SelfCommand(string verb)
    {
        if (Parsed.RootCommandResult.Command.Subcommands.All(command => command.Name != verb) || Environment.ProcessPath is not { } path)
        {
            return null;
        }

        // Under `dotnet tda.dll` the process is dotnet's.
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, System.Reflection.Assembly.GetEntryAssembly()!.Location] : [path];
    }

    /// <summary>Opens the log of exchanges that the options name.</summary>
    /// <param name="create">Whether it may be made; else a mistyped home would look like a log without faults.</param>
    /// <exception cref="BadInputException">There is no log, and none may be made.</exception>
    public Task<IExchangeStore> OpenStoreAsync(bool create = false) =>
        !create && !ExchangeStore.IsThere(Home, Parsed.GetValue(CommonOptions.Store)) && !Directory.Exists(Home.SpoolDirectory)
            ? throw new BadInputException(
                Home.DatabasePath, "there is no log of exchanges",
                remedy: "Give the home that the gateway writes to (--home), or its database (--store).")
            : ExchangeStore.OpenAsync(Home, new() { Location = Parsed.GetValue(CommonOptions.Store) }, cancellationToken: Cancel);

    /// <summary>Prints the verb's result: as JSON when asked for, else as <paramref name="text"/> puts it.</summary>
    public int Done(object result, Action<IAnsiConsole> text)
    {
        if (_nested is not null)
        {
            _nested.Value = JsonSerializer.SerializeToNode(result, result.GetType(), JsonDefaults.Indented);
            using var lines = new StringWriter();
            text(Plain(lines));
            foreach (var line in lines.ToString().TrimEnd().Split('\n'))
            {
                Progress.Message(line);
            }

            return 0;
        }

        StopProgress(); // else its last frame is drawn over the result
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

    /// <summary>Takes the bars off the screen, for what is written to it next.</summary>
    private void StopProgress() => (Progress as ConsoleProgress)?.Stop();

    /// <summary>Runs another verb of the program, on the same home and log; its result is told by the progress, not on standard output.</summary>
    /// <param name="progress">Bars and lines.</param>
    /// <param name="words">The verb with its options, as on a command line.</param>
    /// <returns>The result, as <c>--json</c> prints it; null for a verb without one.</returns>
    /// <exception cref="UsageException">The words are no verb of the program, or its options are wrong.</exception>
    /// <exception cref="TdaException">The verb failed.</exception>
    public async Task<JsonNode?> RunVerbAsync(IProgressSink progress, IReadOnlyList<string> words)
    {
        var root = Parsed.RootCommandResult.Command;
        var parsed = root.Parse([.. words, .. Given(CommonOptions.Home), .. Given(CommonOptions.Store)]);
        if (parsed.Errors.Count > 0 || parsed.CommandResult.Command.Work() is not { } work)
        {
            throw new UsageException($"tda {string.Join(' ', words)}: {(parsed.Errors.Count > 0 ? parsed.Errors[0].Message : "names no verb")}");
        }

        var nested = new NestedResult();
        var code = await work(this with { Parsed = parsed, Progress = progress, Json = false, _nested = nested });
        return code == 0 ? nested.Value : throw new TdaException($"tda {string.Join(' ', words)} ended with exit code {code}");
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

        StopProgress();
        Console.Error.Write($"{question} [y/N] ");
        var answer = await Task.Run(Console.ReadLine, Cancel).WaitAsync(Cancel); // the wait for a line can't itself be stopped
        return answer?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>Whether somebody sits at a terminal.</summary>
    public bool CanAsk => !IsNested && !Json && !Console.IsInputRedirected && !Console.IsErrorRedirected;

    private static IAnsiConsole Output()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        return Plain(Console.Out);
    }

    /// <summary>A pipe or file has neither colours nor a width: lines stay whole.</summary>
    private static IAnsiConsole Plain(TextWriter writer)
    {
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        plain.Profile.Width = 4096;
        return plain;
    }

    private IEnumerable<string> Given(Option<string?> option) => Parsed.GetValue(option) is { } value ? [option.Name, value] : [];

    /// <summary>A word as a shell takes it.</summary>
    public static string Quoted(string word) =>
        PlainWord().IsMatch(word) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"://([^:@/\s]*):\S*@")]
    private static partial Regex Password();

    [GeneratedRegex(@"^[\w./:=,+@%-]+$")]
    private static partial Regex PlainWord();
}

/// <summary>Where the result of a verb that another one runs is put.</summary>
internal sealed class NestedResult
{
    public JsonNode? Value { get; set; }
}
