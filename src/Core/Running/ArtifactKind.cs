namespace Tda.Core.Running;

/// <summary>A kind of artifact that the home keeps. All kinds are declared here, and nowhere else.</summary>
/// <param name="Folder">Its folder in the home, which is its name on the command line and in manifests: <c>corpora</c>.</param>
/// <param name="Noun">One of it, in messages.</param>
/// <param name="MadeBy">The commands that make one, in messages.</param>
/// <param name="Words">Words for one of it that manifests of earlier versions used for their inputs.</param>
public sealed record ArtifactKind(string Folder, string Noun, string MadeBy, params string[] Words)
{
    public static readonly ArtifactKind Corpus = new("corpora", "corpus", "tda corpus import", "corpus");

    public static readonly ArtifactKind Surrogate = new("surrogates", "surrogate", "tda distill", "surrogate");

    public static readonly ArtifactKind Index = new("indexes", "index", "tda index", "index");

    public static readonly ArtifactKind Run = new("runs", "run", "tda attribute or tda guide", "run");

    public static readonly ArtifactKind Lab = new("labs", "lab model", "tda lab train", "lab", "base");

    public static readonly ArtifactKind Bank = new("banks", "bank", "tda lab bank or tda datamodel train", "bank");

    public static readonly ArtifactKind Judge = new("judges", "judge", "tda label train", "judge");

    public static readonly ArtifactKind Measurement = new("measures", "measurement", "tda measure", "measure");

    public static readonly ArtifactKind Proof = new("proofs", "proof", "tda prove", "proof");

    /// <summary>All kinds, in the order in which a project makes them.</summary>
    public static IReadOnlyList<ArtifactKind> All { get; } = [Corpus, Surrogate, Index, Run, Lab, Bank, Judge, Measurement, Proof];

    /// <summary>The kind that has this folder, or one of whose words this is; null where there is none.</summary>
    public static ArtifactKind? Of(string word) => All.FirstOrDefault(kind => kind.Folder == word || kind.Words.Contains(word));

    /// <summary>The kind of what lies in a directory, by the folder that the directory is in; null where that is no kind's.</summary>
    public static ArtifactKind? OfDirectory(string directory) =>
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)))) is { } folder
            ? All.FirstOrDefault(kind => kind.Folder == folder)
            : null;
}
