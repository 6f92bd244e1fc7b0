namespace Tda.Scoring.Attribution.Sessions;

/// <summary>
/// Indexes of an ensemble's other members: <c>indexes/&lt;name&gt;/members/&lt;member&gt;</c>, made with the options of the first
/// member's and kept beside it, so that replacing the index replaces them. An index without any is read as before.
/// </summary>
public static class MemberIndex
{
    /// <summary>Where the index of a member is; member 0's is the index itself.</summary>
    public static string DirectoryOf(TdaHome home, string index, int member) =>
        member == 0 ? home.IndexDirectory(index) : Path.Combine(home.IndexDirectory(index), "members", $"{member}");

    /// <summary>
    /// Makes the index of a member, without what was deleted from the first's, unless it is there and of the same surrogate, corpus and
    /// options.
    /// </summary>
    /// <exception cref="BadInputException">The index, or the member of its surrogate, is missing or damaged.</exception>
    public static void Ensure(
        TdaHome home, string index, int member, IProgressSink progress, TimeProvider time, CancellationToken cancellation)
    {
        if (member == 0)
        {
            return;
        }

        var first = IndexDirectory.Open(home.IndexDirectory(index), verify: false);
        var options = Options(first.Artifact, home) with { Member = member, Replace = true };
        var directory = DirectoryOf(home, index, member);
        if (!Directory.Exists(directory) || !IsCurrent(home, directory, options))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
            progress.Message($"Indexing {options.Corpus} under member {member} of surrogate {options.Surrogate}, once.");
            Indexer.Run(options, progress, time, cancellation);
        }

        // What was deleted from the first member's index must not count in another's.
        var deleted = IndexDirectory.Open(directory, verify: false).Deleted().Select(d => d.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var change in first.Deleted().Where(d => !deleted.Contains(d.Id)).GroupBy(d => d.Downdated))
        {
            IndexDeleter.At(home, directory, [.. change.Select(d => d.Id)], change.Key, progress, time, cancellation);
        }
    }

    private static bool IsCurrent(TdaHome home, string directory, IndexOptions options)
    {
        var made = IndexDirectory.Open(directory);
        using var surrogate = OpenedSurrogate.Open(home, options.Surrogate, options.Member);
        return made.Info.SurrogateHash == surrogate.WeightsHash
            && made.Info.CorpusHash == Core.Corpora.Corpus.Open(home.CorpusDirectory(options.Corpus), verify: false).ContentHash
            && Options(made.Artifact, home) with { Replace = options.Replace } == options;
    }

    // The manifest notes every option but the home, which is wherever the index is now.
    private static IndexOptions Options(OpenedArtifact index, TdaHome home)
    {
        var options = index.Manifest.Options.DeepClone();
        options["home"] = JsonSerializer.SerializeToNode(home, JsonDefaults.Options);
        return JsonFile.Part<IndexOptions>(
            options, Path.Combine(index.Directory, Manifest.FileName), "options", "Make the index again with tda index.") with
        { Home = home };
    }
}
