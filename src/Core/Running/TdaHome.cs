namespace Tda.Core.Running;

/// <summary>The directory that holds all that Tda keeps. Names are checked, so that none leads out of it.</summary>
public sealed class TdaHome
{
    /// <summary>The environment variable that names the home when no <c>--home</c> is given.</summary>
    public const string EnvironmentVariable = "TDA_HOME";

    /// <summary>The home when neither option nor variable names one, relative to the working directory.</summary>
    public const string DefaultDirectory = "tda-data";

    private const int MaximumNameLength = 128;

    public TdaHome(string root)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        Root = Path.GetFullPath(root);
    }

    public string Root { get; }

    public string DatabasePath => Path.Combine(Root, "tda.db");

    public string SpoolDirectory => Path.Combine(Root, "spool");

    public string CorporaDirectory => Path.Combine(Root, "corpora");

    public string IndexesDirectory => Path.Combine(Root, "indexes");

    public string RunsDirectory => Path.Combine(Root, "runs");

    /// <summary><paramref name="option"/> (<c>--home</c>), else <c>TDA_HOME</c>, else <c>./tda-data</c>.</summary>
    public static TdaHome Resolve(string? option)
    {
        var root = string.IsNullOrWhiteSpace(option) ? Environment.GetEnvironmentVariable(EnvironmentVariable) : option;
        return new TdaHome(string.IsNullOrWhiteSpace(root) ? DefaultDirectory : root);
    }

    /// <exception cref="UsageException">The name holds anything but letters, digits, '.', '_', '-', or starts with '.'.</exception>
    public string CorpusDirectory(string name) => Child(CorporaDirectory, "corpus", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string SurrogateDirectory(string name) => Child(Path.Combine(Root, "surrogates"), "surrogate", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string IndexDirectory(string name) => Child(IndexesDirectory, "index", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string RunDirectory(string id) => Child(RunsDirectory, "run", id);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string LabDirectory(string name) => Child(Path.Combine(Root, "labs"), "lab model", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string BankDirectory(string name) => Child(Path.Combine(Root, "banks"), "bank", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string JudgeDirectory(string name) => Child(Path.Combine(Root, "judges"), "judge", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string MeasureDirectory(string name) => Child(Path.Combine(Root, "measures"), "measurement", name);

    /// <inheritdoc cref="CorpusDirectory"/>
    public string ProofDirectory(string name) => Child(Path.Combine(Root, "proofs"), "proof", name);

    private static string Child(string parent, string kind, string name)
    {
        // ".part" and ".old" are endings of directories in the making, which a name must not imitate.
        var valid = name.Length is > 0 and <= MaximumNameLength
            && name[0] != '.'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            && !name.EndsWith(".part", StringComparison.Ordinal)
            && !name.EndsWith(".old", StringComparison.Ordinal)
            && !name.EndsWith(".lock", StringComparison.Ordinal);
        if (!valid)
        {
            throw new UsageException($"'{name}' can't be the name of a {kind}: use 1 to {MaximumNameLength} letters, digits, '.', '_' or '-', not starting with '.' and not ending in .part, .old or .lock.");
        }

        return Path.Combine(parent, name);
    }
}
