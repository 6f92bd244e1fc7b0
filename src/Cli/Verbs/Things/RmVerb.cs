using Tda.GatewayHost.Terminal;

namespace Tda.Cli.Verbs.Things;

/// <summary>`tda rm`: removes artifacts that nothing else was made from.</summary>
internal static class RmVerb
{
    private static readonly Argument<string[]> Names = new("NAME")
    {
        Description = "Names as tda ls gives them: web, or corpora/web",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<bool> Yes = CliOption.Flag("--yes", "Don't ask");
    private static readonly Option<bool> Force = CliOption.Flag("--force", "Remove also what other things were made from");

    public static Command Build() => CommandExtensions.Verb("rm",
        "Removes things of the home for good. Refuses what others were made from, and names them.",
        "tda rm runs/run-1 mail-2", Names, Yes, Force).Runs(RunAsync);

    private static async Task<int> RunAsync(VerbContext context)
    {
        var catalogue = ArtifactCatalogue.Read(context.Home);
        List<CataloguedArtifact> chosen = [.. context.Get(Names).Select(catalogue.Find).DistinctBy(artifact => artifact.Reference)];

        // What was made from others goes first, so that a kill never leaves a thing without what it was made from.
        List<CataloguedArtifact> order = [];
        while (chosen.FirstOrDefault(artifact => !MadeOf(artifact).Any(chosen.Contains)) is { } next)
        {
            chosen.Remove(next);
            order.Add(next);
        }

        order.AddRange(chosen); // only a circle, which replacing can make
        var needed = order.Select(artifact => (artifact.Reference, By: MadeOf(artifact).Except(order).Select(made => $"{made.Reference}").ToArray()))
            .Where(need => need.By.Length > 0).ToArray();
        if (needed.Length > 0 && !context.Get(Force))
        {
            throw new UsageException(string.Join(" ", needed.Select(need => $"{string.Join(", ", need.By)} {(need.By.Length == 1 ? "was" : "were")} made from {need.Reference}."))
                + " Remove them too, or give --force.");
        }

        var bytes = order.Sum(artifact => artifact.Bytes);
        if (!await context.ConfirmAsync($"Remove {string.Join(", ", order.Select(artifact => artifact.Reference))} ({PlainText.Size(bytes)}) for good?", context.Get(Yes)))
        {
            return context.Done(new { Removed = Array.Empty<string>(), Bytes = 0L }, console => console.WriteLine("nothing was removed"));
        }

        foreach (var artifact in order)
        {
            context.Cancel.ThrowIfCancellationRequested();
            ArtifactRemoval.Remove(artifact.Directory);
        }

        string[] removed = [.. order.Select(artifact => $"{artifact.Reference}")];
        return context.Done(new { Removed = removed, Bytes = bytes }, console => console.WriteLine($"removed {string.Join(", ", removed)}: {PlainText.Size(bytes)}"));

        IReadOnlyList<CataloguedArtifact> MadeOf(CataloguedArtifact artifact) => catalogue.MadeOf(artifact.Reference);
    }
}
