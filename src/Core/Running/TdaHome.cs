namespace Tda.Core.Running;

/// <summary>The directory that holds all that Tda keeps. Names are checked, so that none leads out of it.</summary>
public sealed class TdaHome
{
    /// <summary>The environment variable that names the home when no <c>--home</c> is given.</summary>
    public const string EnvironmentVariable = "TDA_HOME";

    /// <summary>The home when neither option nor variable names one, relative to the working directory.</summary>
    public const string DefaultDirectory = "tda-data";

    private const int MaximumNameLength = 128;

    private static readonly string[] ReservedEndings = [".part", ".old", ".lock", ".removed"];

    public TdaHome(string root)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        Root = Path.GetFullPath(root);
    }

    public string Root { get; }

    public string DatabasePath => Path.Combine(Root, "tda.db");

    public string SpoolDirectory => Path.Combine(Root, "spool");

    public string CorporaDirectory => FolderOf(ArtifactKind.Corpus);

    public string IndexesDirectory => FolderOf(ArtifactKind.Index);

    public string RunsDirectory => FolderOf(ArtifactKind.Run);

    /// <summary><paramref name="option"/> (<c>--home</c>), else <c>TDA_HOME</c>, else <c>./tda-data</c>.</summary>
    public static TdaHome Resolve(string? option)
    {
        var root = string.IsNullOrWhiteSpace(option) ? Environment.GetEnvironmentVariable(EnvironmentVariable) : option;
        return new TdaHome(string.IsNullOrWhiteSpace(root) ? DefaultDirectory : root);
    }

    /// <summary>The folder that holds all artifacts of a kind.</summary>
    public string FolderOf(ArtifactKind kind) => Path.Combine(Root, kind.Folder);

    /// <summary>Where the artifact of this name is, or would be.</summary>
    /// <exception cref="UsageException">The name holds anything but letters, digits, '.', '_', '-', or starts with '.'.</exception>
    public string DirectoryOf(ArtifactKind kind, string name)
    {
        // What directories in the making or half removed end in, a name must not imitate.
        var valid = name.Length is > 0 and <= MaximumNameLength
            && name[0] != '.'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            && !ReservedEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));
        if (!valid)
        {
            throw new UsageException($"'{name}' can't be the name of a {kind.Noun}: use 1 to {MaximumNameLength} letters, digits, '.', '_' or '-', not starting with '.' and not ending in {string.Join(", ", ReservedEndings)}.");
        }

        return Path.Combine(FolderOf(kind), name);
    }

    /// <inheritdoc cref="DirectoryOf"/>
    public string CorpusDirectory(string name) => DirectoryOf(ArtifactKind.Corpus, name);

    /// <inheritdoc cref="DirectoryOf"/>
    public string SurrogateDirectory(string name) => DirectoryOf(ArtifactKind.Surrogate, name);

    /// <inheritdoc cref="DirectoryOf"/>
    public string IndexDirectory(string name) => DirectoryOf(ArtifactKind.Index, name);

    /// <inheritdoc cref="DirectoryOf"/>
    public string RunDirectory(string id) => DirectoryOf(ArtifactKind.Run, id);

    /// <inheritdoc cref="DirectoryOf"/>
    public string LabDirectory(string name) => DirectoryOf(ArtifactKind.Lab, name);

    /// <inheritdoc cref="DirectoryOf"/>
    public string BankDirectory(string name) => DirectoryOf(ArtifactKind.Bank, name);

    /// <inheritdoc cref="DirectoryOf"/>
    public string JudgeDirectory(string name) => DirectoryOf(ArtifactKind.Judge, name);

    /// <inheritdoc cref="DirectoryOf"/>
    public string MeasureDirectory(string name) => DirectoryOf(ArtifactKind.Measurement, name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string ProofDirectory(string name) => DirectoryOf(ArtifactKind.Proof, name);
}
