using System.Text.Json.Nodes;
using Tda.Cli.Proving;

namespace Tda.Cli.Demo;

/// <summary>
/// Runs the verbs that the demo is made of as a person would type them, says each command, and notes what it came to, so that a stopped demo
/// goes on where it was.
/// </summary>
internal sealed class DemoSteps
{
    private const string CommandsFile = "commands.txt";

    private readonly VerbContext _context;
    private readonly IProgressSink _progress;
    private readonly Lock _gate;

    /// <summary>Takes the names of one demo in a home; another seed gets names of its own.</summary>
    /// <exception cref="UsageException">The home holds a demo of this name with other options.</exception>
    public DemoSteps(VerbContext context, DemoOptions options)
    {
        (_context, _progress, _gate) = (context, context.Progress, new());
        Name = options.Seed == 0 ? "demo" : $"demo-seed-{options.Seed}";
        Notes = Path.Combine(context.Home.Root, "demo", Name);
        Directory.CreateDirectory(Notes);
        string path = Path.Combine(Notes, "options.json"), text = JsonSerializer.Serialize(options, JsonDefaults.Indented);
        if (!File.Exists(path))
        {
            AtomicFile.WriteText(path, text);
        }
        else if (File.ReadAllText(path) != text)
        {
            throw new UsageException($"{Notes} was made with other options. Use another --home, or delete {Home.Root} to start over.");
        }
    }

    private DemoSteps(DemoSteps of, string name)
    {
        (_context, _gate, Name, Notes) = (of._context, of._gate, of.Name, of.Notes);
        _progress = new NamedProgress(of._progress, name);
    }

    public TdaHome Home => _context.Home;

    public CancellationToken Cancel => _context.Cancel;

    public IProgressSink Progress => _progress;

    /// <summary>Name of the demo's corpus, surrogate, index and run, and prefix of its other names.</summary>
    public string Name { get; }

    /// <summary>Folder of the demo's own files.</summary>
    public string Notes { get; }

    /// <summary>Every command that the demo has run, a line each.</summary>
    public string Commands => Path.Combine(Notes, CommandsFile);

    /// <summary>The same steps with bars and lines that carry a name, for steps side by side.</summary>
    public DemoSteps Named(string name) => new(this, name);

    /// <summary>Says what comes next.</summary>
    public void Say(string line) => _progress.Message(line);

    /// <summary>Runs a verb, unless an earlier run of the demo has.</summary>
    /// <param name="note">Name of the note that keeps the result.</param>
    /// <param name="command">The verb with its options: words between spaces, where a value in braces belongs to its word whole.</param>
    /// <param name="options">Further options.</param>
    /// <returns>The result, as <c>--json</c> prints it.</returns>
    public async Task<JsonNode> RunAsync(string note, FormattableString command, string options = "")
    {
        var path = Path.Combine(Notes, note + ".json");
        if (File.Exists(path))
        {
            return JsonFile.Read<JsonObject>(path, "Delete it; the demo makes it again.")["result"]!;
        }

        string[] words =
        [
            .. command.Format.Split(' ').Select(word => string.Format(CultureInfo.InvariantCulture, word, command.GetArguments())),
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        var line = string.Join(' ', words.Select(VerbContext.Quoted).Prepend("tda"));
        Say($"$ {line}");

        // Killed between the verb's end and the note: made again, since what it came to is not known.
        string[] again = Made(words) is { } directory && Directory.Exists(directory) ? ["--replace"] : [];
        var result = await _context.RunVerbAsync(_progress, [.. words, .. again]) ?? new JsonObject();
        AtomicFile.WriteJson(path, new JsonObject { ["command"] = line, ["result"] = result });
        lock (_gate)
        {
            File.AppendAllText(Commands, line + "\n");
        }

        return result;
    }

    // What a verb makes, by its first words.
    private string? Made(string[] words) => words switch
    {
        ["corpus", ..] => Home.CorpusDirectory(After(words, "--name")),
        ["curate", ..] => Home.CorpusDirectory(After(words, "--name")),
        ["label", "train", ..] => Home.JudgeDirectory(After(words, "--name")),
        ["lab", ..] => Home.LabDirectory(After(words, "--name")),
        ["distill", ..] => Home.SurrogateDirectory(After(words, "--name")),
        ["index", ..] => Home.IndexDirectory(After(words, "--name")),
        ["guide", ..] => Home.RunDirectory(After(words, "--run")),
        ["measure", ..] => Home.MeasureDirectory(After(words, "--out")),
        ["prove", ..] => Home.ProofDirectory(After(words, "--out")),
        _ => null,
    };

    private static string After(string[] words, string option) => words[Array.IndexOf(words, option) + 1];
}
