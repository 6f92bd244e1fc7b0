namespace Tda.Cli.Verbs.Things;

/// <summary>What an artifact was made from and what was made from it, as trees of text.</summary>
internal static class Lineage
{
    private const int MostFiles = 2;

    /// <summary>What an artifact was directly made from: artifacts, logged exchanges, files that were read.</summary>
    public static IReadOnlyList<string> Origins(ArtifactCatalogue catalogue, CataloguedArtifact artifact) =>
        [.. catalogue.MadeDirectlyFrom(artifact).Select(input => $"{input}{(catalogue.At(input) is null ? " (gone)" : "")}"), .. Outside(artifact)];

    /// <summary>The tree of what an artifact was made from, a line a node, without the artifact itself.</summary>
    public static IEnumerable<string> Above(ArtifactCatalogue catalogue, CataloguedArtifact artifact) =>
        Branches([.. catalogue.MadeDirectlyFrom(artifact)], Outside(artifact), [artifact.Reference], input => catalogue.At(input) switch
        {
            null => ($"{input} (gone)", [], []),
            var made => ($"{input}", [.. catalogue.MadeDirectlyFrom(made)], Outside(made)),
        });

    /// <summary>The tree of what was made from an artifact, a line a node, without the artifact itself.</summary>
    public static IEnumerable<string> Below(ArtifactCatalogue catalogue, CataloguedArtifact artifact) =>
        Branches(MadeOf(catalogue, artifact.Reference), [], [artifact.Reference], made => ($"{made}", MadeOf(catalogue, made), []));

    private static IEnumerable<string> Branches(
        ArtifactReference[] nodes, string[] leaves, ArtifactReference[] path, Func<ArtifactReference, (string Text, ArtifactReference[] Nodes, string[] Leaves)> open)
    {
        for (var i = 0; i < nodes.Length + leaves.Length; i++)
        {
            var last = i == nodes.Length + leaves.Length - 1;
            if (i >= nodes.Length)
            {
                yield return $"{(last ? "└─ " : "├─ ")}{leaves[i - nodes.Length]}";
                continue;
            }

            // An artifact that was replaced by one made from its own descendants would go round for ever.
            var again = path.Contains(nodes[i]);
            var (text, below, files) = again ? ($"{nodes[i]} (as it was before)", [], []) : open(nodes[i]);
            yield return (last ? "└─ " : "├─ ") + text;
            foreach (var line in Branches(below, files, [.. path, nodes[i]], open))
            {
                yield return (last ? "   " : "│  ") + line;
            }
        }
    }

    private static ArtifactReference[] MadeOf(ArtifactCatalogue catalogue, ArtifactReference reference) =>
        [.. catalogue.MadeDirectlyOf(reference).Select(artifact => artifact.Reference)];

    /// <summary>What went in from outside the home.</summary>
    private static string[] Outside(CataloguedArtifact artifact)
    {
        if (artifact.Manifest is not { } manifest)
        {
            return [];
        }

        string[] others = [.. manifest.Inputs.Keys.Where(input => ArtifactReference.Parse(input) is null)];
        string[] files = manifest.Options["path"]?.ToString() is { } imported ? [imported] : [.. others.Where(input => input.Contains('.', StringComparison.Ordinal))];
        var local = ArtifactCatalogue.MadeFrom(artifact).Any(input => input.Kind == ArtifactKind.Lab || input.Kind == ArtifactKind.Surrogate);
        var model = artifact.Reference.Kind == ArtifactKind.Measurement && !local ? manifest.Options["model"]?.ToString() : null;
        return
        [
            .. others.Contains("exchanges") ? ["logged exchanges"] : Array.Empty<string>(),
            .. model is null ? Array.Empty<string>() : [model],
            .. files.Take(MostFiles),
            .. files.Length > MostFiles ? [$"{files.Length - MostFiles:N0} more files"] : Array.Empty<string>(),
        ];
    }
}
