using Tda.Curation.Ledger;

namespace Tda.Curation.Plans;

/// <summary>
/// The decisions of the stages that are done, kept beside the corpora until the curated corpus is written: a run that was killed goes on at
/// the stage that wasn't finished, and a run after a dry run has nothing to decide again. Each stage's decisions are a file,
/// <c>stages/01-length.jsonl</c>, under a key of all that they hang on; a file of another key, or a damaged one, isn't used.
/// </summary>
internal sealed class StageJournal : IDisposable
{
    internal const string Format = "tda.stages";
    internal const int Version = 1;

    private readonly ArtifactDirectory _work;
    private readonly IProgressSink _progress;

    private StageJournal(ArtifactDirectory work, IProgressSink progress) => (_work, _progress) = (work, progress);

    /// <summary>Takes up what is kept of the same plan on the same corpus, or begins.</summary>
    /// <param name="corpora">Folder of the corpora.</param>
    /// <param name="identity">The corpus's folder and the plan's file, or its text where it has none.</param>
    /// <param name="time">Clock for the creation time.</param>
    /// <param name="progress">Told of what can't be used.</param>
    /// <exception cref="TdaException">Another process curates by the same plan, or the place can't be written.</exception>
    public static StageJournal Open(string corpora, string identity, TimeProvider time, IProgressSink progress)
    {
        var directory = Path.Combine(corpora, "." + Hashing.Sha256(Encoding.UTF8.GetBytes(identity))[..16]);
        try
        {
            return new StageJournal(ArtifactDirectory.Resume(directory, Format, Version, time), progress);
        }
        catch (BadInputException error)
        {
            progress.Message($"Kept stages can't be used, and all begin anew: {error.Message}");
            return new StageJournal(ArtifactDirectory.Create(directory, Format, Version, time), progress);
        }
    }

    /// <summary>How many of the stages are kept under these keys, from the first on. Says what else there is, and that it begins anew.</summary>
    /// <param name="keys">The stages' keys, in order.</param>
    /// <param name="kinds">Their kinds.</param>
    public int Kept(IReadOnlyList<string> keys, IReadOnlyList<string> kinds)
    {
        var kept = Enumerable.Range(0, keys.Count).TakeWhile(stage => IsSound(stage + 1, kinds[stage], keys[stage])).Count();
        var others = _work.Manifest.Details.Count - kept;
        if (others > 0)
        {
            _progress.Message($"{others} kept {(others == 1 ? "stage was" : "stages were")} decided by another plan or on other documents, or can't be read: stage {kept + 1} and those after it begin anew.");
        }

        foreach (var file in _work.Manifest.Details.Select(stage => stage.Key).Except(kinds.Take(kept).Select((kind, stage) => NameOf(stage + 1, kind))).ToList())
        {
            _work.Manifest.Details.Remove(file);
            _work.Manifest.Outputs.Remove(file);
            File.Delete(_work.PathOf(file));
        }

        return kept;
    }

    /// <summary>Writes a stage's decisions, whole or not at all.</summary>
    /// <exception cref="TdaException">The disk is full; the stages before are kept.</exception>
    public void Write(int number, string kind, string key, IEnumerable<Decision> decisions)
    {
        var file = NameOf(number, kind);
        JsonLines.Write(_work.PathOf(file), decisions);
        _work.Manifest.Details[file] = key;
        _work.Manifest.Outputs[file] = Hashing.Sha256File(_work.PathOf(file));
        _work.SaveManifest();
    }

    /// <summary>A stage's decisions.</summary>
    public IEnumerable<Decision> Read(int number, string kind) => JsonLines.Read<Decision>(_work.PathOf(NameOf(number, kind)));

    /// <summary>Removes what is kept: the curated corpus is written.</summary>
    public void Finish() => _work.Discard();

    /// <summary>Without <see cref="Finish"/>, leaves it for the next run.</summary>
    public void Dispose() => _work.Dispose();

    private static string NameOf(int number, string kind) => string.Create(CultureInfo.InvariantCulture, $"stages/{number:00}-{kind}.jsonl");

    private bool IsSound(int number, string kind, string key)
    {
        var file = NameOf(number, kind);
        return _work.Manifest.Details[file]?.ToString() == key
            && _work.Manifest.Outputs.TryGetValue(file, out var hash)
            && File.Exists(_work.PathOf(file))
            && Hashing.Sha256File(_work.PathOf(file)) == hash;
    }
}
