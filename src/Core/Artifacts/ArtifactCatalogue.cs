namespace Tda.Core.Artifacts;

/// <summary>The artifacts of a home as their manifests tell of them: what there is, and what was made from what.</summary>
public sealed class ArtifactCatalogue
{
    private readonly string _home;
    private readonly Dictionary<ArtifactReference, CataloguedArtifact> _byReference;

    private ArtifactCatalogue(string home, IReadOnlyList<CataloguedArtifact> artifacts)
    {
        _home = home;
        Artifacts = artifacts;
        _byReference = artifacts.ToDictionary(artifact => artifact.Reference);
    }

    /// <summary>All artifacts, by kind, then by name. Damaged ones are among them.</summary>
    public IReadOnlyList<CataloguedArtifact> Artifacts { get; }

    /// <summary>Reads the manifests; files of artifacts are neither read nor hashed.</summary>
    public static ArtifactCatalogue Read(TdaHome home) => new(home.Root,
    [
        .. ArtifactKind.All.SelectMany(kind => Folders(home.FolderOf(kind)).Select(directory => CataloguedArtifact.Read(kind, directory))),
    ]);

    /// <summary>The artifact that a user names: <c>web</c>, or <c>corpora/web</c> where several kinds have one of that name.</summary>
    /// <exception cref="UsageException">The name is that of several.</exception>
    /// <exception cref="BadInputException">There is none; names those that are near.</exception>
    public CataloguedArtifact Find(string name)
    {
        var found = ArtifactReference.Parse(name) is { } reference
            ? _byReference.TryGetValue(reference, out var one) ? [one] : []
            : Artifacts.Where(artifact => artifact.Reference.Name == name).ToArray();
        return found switch
        {
            [var only] => only,
            [] => throw new BadInputException(_home, $"nothing here is named '{name}'", remedy: Nearest(name)),
            _ => throw new UsageException($"'{name}' names {found.Length} things: say {string.Join(" or ", found.Select(artifact => artifact.Reference))}."),
        };
    }

    /// <summary>What an artifact was made from, of this home, as its manifest says; some may be gone.</summary>
    public static IReadOnlyList<ArtifactReference> MadeFrom(CataloguedArtifact artifact) =>
        artifact.Manifest is { } manifest
            ? [.. manifest.Inputs.Keys.Select(ArtifactReference.Parse).OfType<ArtifactReference>().Where(input => input != artifact.Reference).Distinct()]
            : [];

    /// <summary>
    /// <see cref="MadeFrom"/> without what follows from the rest: of a run, the index alone, since that was made from the corpus and the
    /// surrogate.
    /// </summary>
    public IReadOnlyList<ArtifactReference> MadeDirectlyFrom(CataloguedArtifact artifact)
    {
        var inputs = MadeFrom(artifact);
        return [.. inputs.Where(input => !inputs.Any(other => other != input && Ancestors(other).Contains(input)))];
    }

    /// <summary>What was made from an artifact.</summary>
    public IReadOnlyList<CataloguedArtifact> MadeOf(ArtifactReference reference) =>
        [.. Artifacts.Where(artifact => MadeFrom(artifact).Contains(reference))];

    /// <summary>Like <see cref="MadeOf"/>, without what was made from another of these.</summary>
    public IReadOnlyList<CataloguedArtifact> MadeDirectlyOf(ArtifactReference reference) =>
        [.. Artifacts.Where(artifact => MadeDirectlyFrom(artifact).Contains(reference))];

    /// <summary>The artifact of this name; null where it is gone.</summary>
    public CataloguedArtifact? At(ArtifactReference reference) => _byReference.GetValueOrDefault(reference);

    private HashSet<ArtifactReference> Ancestors(ArtifactReference reference)
    {
        var seen = new HashSet<ArtifactReference>();
        var pending = new Stack<ArtifactReference>([reference]);
        while (pending.TryPop(out var next))
        {
            foreach (var input in At(next) is { } artifact ? MadeFrom(artifact) : [])
            {
                if (seen.Add(input))
                {
                    pending.Push(input);
                }
            }
        }

        return seen;
    }

    private string Nearest(string name)
    {
        var known = Artifacts.Select(artifact => name.Contains('/', StringComparison.Ordinal) ? $"{artifact.Reference}" : artifact.Reference.Name);
        return NearestNames.Question(name, known) ?? "tda ls names what there is.";
    }

    private static IEnumerable<string> Folders(string parent) => !Directory.Exists(parent) ? [] :
        Directory.EnumerateDirectories(parent)
            .Where(directory => !ArtifactDirectory.IsLeftOver(directory) && Path.GetFileName(directory)[0] != '.')
            .Order(StringComparer.Ordinal);
}

/// <summary>An artifact, as far as its manifest and the sizes of its files tell.</summary>
/// <param name="Reference">Its kind and name.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="Manifest">Its manifest; null when it is damaged.</param>
/// <param name="Problem">Why it can't be read; null when it can.</param>
/// <param name="Files">Its files with their lengths, by path relative to it, the manifest among them.</param>
public sealed record CataloguedArtifact(
    ArtifactReference Reference, string Directory, Manifest? Manifest, string? Problem, IReadOnlyList<(string Name, long Bytes)> Files)
{
    /// <summary>Bytes of all files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    internal static CataloguedArtifact Read(ArtifactKind kind, string directory)
    {
        var reference = new ArtifactReference(kind, Path.GetFileName(directory));
        var files = FilesOf(directory);
        try
        {
            return new CataloguedArtifact(reference, directory, ManifestReader.ReadAny(directory), null, files);
        }
        catch (BadInputException error)
        {
            return new CataloguedArtifact(reference, directory, null, error.Reason, files);
        }
    }

    private static List<(string Name, long Bytes)> FilesOf(string directory) =>
    [
        .. new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(directory, file.FullName), Bytes: LeftOver.Length(file)))
            .OrderBy(file => file.Name, StringComparer.Ordinal),
    ];
}
