using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Things;

/// <summary>`tda ls`: what the home holds.</summary>
internal static class LsVerb
{
    private static readonly Argument<string[]> Kinds = new("KIND")
    {
        Description = $"Only these: {string.Join(", ", ArtifactKind.All.Select(kind => kind.Folder))}",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Build()
    {
        Kinds.CompletionSources.Add([.. ArtifactKind.All.Select(kind => kind.Folder)]);
        return CommandExtensions.Verb("ls",
            "Lists what the home holds: corpora, surrogates, indexes, runs and the rest, with size, age and what each was made from.",
            "tda ls runs", Kinds).Runs(Run);
    }

    private static int Run(VerbContext context)
    {
        ArtifactKind[] kinds = [.. (context.Get(Kinds) ?? []).Select(KindOf)];
        var catalogue = ArtifactCatalogue.Read(context.Home);
        CataloguedArtifact[] shown = [.. catalogue.Artifacts.Where(artifact => kinds.Length == 0 || kinds.Contains(artifact.Reference.Kind))];
        var now = TimeProvider.System.GetUtcNow();
        return context.Done(shown.Select(ListedArtifact.Of), console =>
        {
            if (shown.Length == 0)
            {
                var what = kinds.Length == 1 ? kinds[0].Folder : "nothing";
                console.WriteLine(kinds.Length == 1
                    ? $"no {what} in {context.Home.Root}; {kinds[0].MadeBy} makes one"
                    : $"nothing in {context.Home.Root} yet; tda corpus import makes a corpus, tda --help shows the rest");
                return;
            }

            console.WriteTable(["name", "size", "age", "made from"], shown.Select(artifact => (string[])
            [
                $"{artifact.Reference}",
                PlainText.Size(artifact.Bytes),
                artifact.Manifest is { } manifest ? PlainText.Age(now - manifest.CreatedAt) : "",
                artifact.Problem is { } problem ? $"({problem})" : string.Join(", ", Lineage.Origins(catalogue, artifact)),
            ]));
        });
    }

    private static ArtifactKind KindOf(string word) => ArtifactKind.Of(word) ?? throw new UsageException(
        $"'{word}' is no kind of thing. {NearestNames.Question(word, ArtifactKind.All.Select(kind => kind.Folder)) ?? $"Kinds are {string.Join(", ", ArtifactKind.All.Select(kind => kind.Folder))}."}");
}

/// <summary>An artifact as `tda ls --json` lists it.</summary>
/// <param name="Kind">Its folder.</param>
/// <param name="Name">Its name.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="Bytes">Size of all its files.</param>
/// <param name="CreatedAt">When its making was started.</param>
/// <param name="Command">What made it.</param>
/// <param name="MadeFrom">Artifacts that went in.</param>
/// <param name="Problem">Why it can't be read; absent when it can.</param>
internal sealed record ListedArtifact(
    string Kind, string Name, string Directory, long Bytes, DateTimeOffset? CreatedAt, string? Command, IReadOnlyList<string> MadeFrom, string? Problem)
{
    public static ListedArtifact Of(CataloguedArtifact artifact) => new(
        artifact.Reference.Kind.Folder, artifact.Reference.Name, artifact.Directory, artifact.Bytes, artifact.Manifest?.CreatedAt,
        artifact.Manifest?.Command, [.. ArtifactCatalogue.MadeFrom(artifact).Select(input => $"{input}")], artifact.Problem);
}
