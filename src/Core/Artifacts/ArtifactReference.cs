namespace Tda.Core.Artifacts;

/// <summary>An artifact of a home as others name it: <c>corpora/web</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name among those of its kind.</param>
public sealed record ArtifactReference(ArtifactKind Kind, string Name)
{
    /// <summary>
    /// Reads the name of a manifest's input: <c>corpora/web</c>, <c>runs/r/mask.jsonl</c>; in manifests of some verbs <c>corpus web</c> or
    /// <c>corpus:web</c>. Null for inputs that are no artifacts, such as a file of prompts.
    /// </summary>
    public static ArtifactReference? Parse(string input)
    {
        var at = input.AsSpan().IndexOfAny('/', ':', ' ');
        if (at <= 0 || ArtifactKind.Of(input[..at]) is not { } kind || (input[at] == '/') != (input[..at] == kind.Folder))
        {
            return null;
        }

        var name = input[(at + 1)..].Split('/')[0];
        return name.Length > 0 ? new ArtifactReference(kind, name) : null;
    }

    /// <summary>The artifact of this directory, by the folder that it lies in; null where that is no kind's.</summary>
    public static ArtifactReference? OfDirectory(string directory) =>
        ArtifactKind.OfDirectory(directory) is { } kind
            ? new ArtifactReference(kind, Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)))
            : null;

    /// <summary>What a manifest writes among its inputs for an artifact: its name, and the SHA-256 of its manifest.</summary>
    /// <param name="directory">The artifact's directory, in a home.</param>
    /// <exception cref="BadInputException">There is none.</exception>
    public static KeyValuePair<string, string> InputOf(string directory)
    {
        var manifest = Path.Combine(directory, Manifest.FileName);
        return File.Exists(manifest)
            ? new($"{OfDirectory(directory)}", Hashing.Sha256File(manifest))
            : throw MissingArtifact.At(directory);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.Folder}/{Name}";
}

/// <summary>The error for an artifact that isn't there.</summary>
public static class MissingArtifact
{
    private const int MostNamed = 5;

    /// <summary>Says what there is instead: unfinished work of that name, names that are near, or the names that there are.</summary>
    /// <param name="directory">Where the artifact should be.</param>
    /// <param name="inner">The low-level error, if any.</param>
    public static BadInputException At(string directory, Exception? inner = null)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var kind = ArtifactKind.OfDirectory(directory);
        var reason = kind is null || Directory.Exists(directory) ? $"there is no {Manifest.FileName} here" : $"there is no {kind.Noun} of this name";
        if (Directory.Exists(directory + AtomicFileWriter.PartSuffix))
        {
            return new BadInputException(
                directory, reason, remedy: "An unfinished one is there: run the command that makes it again.", inner: inner);
        }

        return new BadInputException(directory, reason, remedy: kind is null ? "Check the name, or make it first." : Remedy(directory, kind), inner: inner);
    }

    private static string Remedy(string directory, ArtifactKind kind)
    {
        string[] names = [.. ArtifactDirectory.List(Path.GetDirectoryName(directory)!).Select(other => Path.GetFileName(other))];
        return NearestNames.Question(Path.GetFileName(directory), names)
            ?? (names.Length == 0
                ? $"There is none yet: make one with {kind.MadeBy}."
                : $"There {(names.Length == 1 ? "is" : "are")} {string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? " and others" : "")} (tda ls {kind.Folder}).");
    }
}
