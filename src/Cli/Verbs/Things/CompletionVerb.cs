using System.CommandLine.Completions;

namespace Tda.Cli.Verbs.Things;

/// <summary>`tda completion`: lets a shell complete verbs, options and the names of what the home holds.</summary>
internal static class CompletionVerb
{
    // The program is asked with the line so far: the library's directive [suggest:POSITION] answers a word a line.
    private const string Bash = """
        # Completion of tda for bash. Try it with:  source <(tda completion bash)
        _tda() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
            word="${word##* }"
            COMPREPLY=($(compgen -W "$("$1" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _tda tda ./tda
        """;

    private const string Zsh = """
        # Completion of tda for zsh. Try it with:  source <(tda completion zsh)
        _tda() {
            local line="${BUFFER[1,CURSOR]}"
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -a found || _files
        }
        compdef _tda tda ./tda
        """;

    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash or zsh" };

    /// <summary>Which kind's names stand for the value of an option or an argument of this name.</summary>
    private static readonly Dictionary<string, ArtifactKind> Named = new(StringComparer.Ordinal)
    {
        ["--corpus"] = ArtifactKind.Corpus,
        ["C"] = ArtifactKind.Corpus,
        ["--surrogate"] = ArtifactKind.Surrogate,
        ["--index"] = ArtifactKind.Index,
        ["--factors"] = ArtifactKind.Index,
        ["--run"] = ArtifactKind.Run,
        ["RUN"] = ArtifactKind.Run,
        ["--lab"] = ArtifactKind.Lab,
        ["--base"] = ArtifactKind.Lab,
        ["--bank"] = ArtifactKind.Bank,
        ["--judge"] = ArtifactKind.Judge,
        ["--with"] = ArtifactKind.Judge,
        ["J"] = ArtifactKind.Judge,
        ["BEFORE"] = ArtifactKind.Measurement,
        ["AFTER"] = ArtifactKind.Measurement,
        ["--control"] = ArtifactKind.Measurement,
    };

    public static Command Build()
    {
        Shell.CompletionSources.Add("bash", "zsh");
        return CommandExtensions.Verb("completion",
            "Prints a script that lets your shell complete verbs, options and names; its first line says how to try it.",
            "tda completion bash", Shell).Runs(Print);
    }

    /// <summary>Lets every option and argument that names something of the home complete to what there is.</summary>
    public static void AddNames(Command command)
    {
        foreach (var option in command.Options.Where(option => Named.ContainsKey(option.Name)))
        {
            option.CompletionSources.Add(context => Names(context, Named[option.Name]));
        }

        foreach (var argument in command.Arguments)
        {
            if (Named.TryGetValue(argument.Name, out var kind))
            {
                argument.CompletionSources.Add(context => Names(context, kind));
            }
            else if (argument.Name == "NAME")
            {
                argument.CompletionSources.Add(context => ArtifactKind.All.SelectMany(any => Names(context, any).Select(item => $"{any.Folder}/{item.Label}")));
            }
        }

        foreach (var child in command.Subcommands)
        {
            AddNames(child);
        }
    }

    private static int Print(VerbContext context)
    {
        var script = context.Get(Shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            var other => throw new UsageException($"there is no completion for '{other}': say bash or zsh"),
        };
        return context.Done(new { Script = script }, console => console.Profile.Out.Writer.WriteLine(script));
    }

    private static IEnumerable<CompletionItem> Names(CompletionContext context, ArtifactKind kind)
    {
        var home = TdaHome.Resolve(context.ParseResult.GetValue(CommonOptions.Home));
        return ArtifactDirectory.List(home.FolderOf(kind)).Select(directory => new CompletionItem(Path.GetFileName(directory)));
    }
}
