using System.Text.RegularExpressions;
using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Things;

/// <summary>`tda show`: one artifact, with how it was made and its lineage.</summary>
internal static partial class ShowVerb
{
    private const int HashShown = 12;
    private const int WidestName = 44;

    private static readonly Argument<string> Name = new("NAME") { Description = "A name as tda ls gives it: web, or corpora/web" };

    public static Command Build() => CommandExtensions.Verb("show",
        "Shows how a thing was made, its files, what it was made from and what was made from it.", "tda show corpora/web", Name).Runs(Run);

    private static int Run(VerbContext context)
    {
        var catalogue = ArtifactCatalogue.Read(context.Home);
        var artifact = catalogue.Find(context.Get(Name));
        var shown = new
        {
            Kind = artifact.Reference.Kind.Folder,
            artifact.Reference.Name,
            artifact.Directory,
            artifact.Bytes,
            artifact.Problem,
            artifact.Manifest,
            Files = artifact.Files.Select(file => new { file.Name, file.Bytes }),
            MadeFrom = ArtifactCatalogue.MadeFrom(artifact).Select(input => $"{input}"),
            MadeOf = catalogue.MadeOf(artifact.Reference).Select(made => $"{made.Reference}"),
        };
        return context.Done(shown, console => Print(console, catalogue, artifact));
    }

    private static void Print(IAnsiConsole console, ArtifactCatalogue catalogue, CataloguedArtifact artifact)
    {
        var output = console.Profile.Out.Writer;
        output.WriteLine($"{artifact.Reference} in {artifact.Directory}");
        output.WriteLine($"{PlainText.Size(artifact.Bytes)} in {artifact.Files.Count:N0} {(artifact.Files.Count == 1 ? "file" : "files")}");
        if (artifact.Manifest is not { } manifest)
        {
            output.WriteLine($"nothing more is known: {artifact.Problem}");
        }
        else
        {
            var age = PlainText.Age(TimeProvider.System.GetUtcNow() - manifest.CreatedAt);
            output.WriteLine($"made {manifest.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {age} ago, by {(manifest.Command.Length > 0 ? manifest.Command : "the program")}");
            output.WriteLine($"format {manifest.Format}, version {manifest.Version}; program {ShortHashes(manifest.ProgramVersion)}");
            Section("options", JsonMembers.Flat(manifest.Options).Where(option => option.Value != "null").Select(option => (option.Key, option.Value)));
            Section("seeds", manifest.Seeds.Select(seed => (seed.Key, seed.Value.ToString(CultureInfo.InvariantCulture))));
            Section("facts", JsonMembers.Flat(manifest.Details).Where(fact => fact.Value is not ("null" or "[]")).Select(fact => (ShortHashes(fact.Key), fact.Value)));
            Section("inputs", manifest.Inputs.Select(input => (input.Key, Short(input.Value))));
        }

        Section("files", artifact.Files.Select(file => (
            file.Name, $"{PlainText.Size(file.Bytes),10}  {Short(artifact.Manifest?.Outputs.GetValueOrDefault(file.Name.Replace('\\', '/')) ?? "")}".TrimEnd())));
        Tree("made from", Lineage.Above(catalogue, artifact), "nothing of this home");
        Tree("made from it", Lineage.Below(catalogue, artifact), "nothing");

        void Section(string title, IEnumerable<(string Name, string Value)> rows)
        {
            (string Name, string Value)[] lines = [.. rows];
            if (lines.Length > 0)
            {
                output.WriteLine($"\n{title}");
                var left = Math.Min(WidestName, lines.Max(line => line.Name.Length));
                var room = console.Profile.Width - left - 4;
                foreach (var (name, value) in lines)
                {
                    // A long name stays whole, on a line of its own.
                    var lead = name.Length > left ? $"  {name}\n  {new string(' ', left)}" : $"  {name.PadRight(left)}";
                    output.WriteLine($"{lead}  {(value.Length > room ? value[..(room - 1)] + "…" : value)}".TrimEnd());
                }
            }
        }

        void Tree(string title, IEnumerable<string> lines, string none)
        {
            output.WriteLine($"\n{title}");
            foreach (var line in lines.DefaultIfEmpty(none))
            {
                output.WriteLine($"  {line}");
            }
        }
    }

    /// <summary>The beginning of each hash in a text, which is enough to tell it by.</summary>
    private static string ShortHashes(string text) => Hash().Replace(text, match => Short(match.Value));

    private static string Short(string hash) => hash.Length > HashShown ? hash[..HashShown] : hash;

    [GeneratedRegex("[0-9a-f]{40,}")]
    private static partial Regex Hash();
}
