namespace Tda.Core.Corpora;

/// <summary>
/// Writes a corpus in shards. Nothing appears under its name before <see cref="Commit"/>; a kill or a full disk leaves
/// what was there before.
/// </summary>
public sealed class CorpusWriter : IDisposable
{
    /// <summary>Characters of text after which a new shard starts: small enough to hold in memory, large enough to compress well.</summary>
    private const long ShardCharacters = 64L << 20;

    private readonly ArtifactDirectory _artifact;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _sources = new(StringComparer.Ordinal);
    private JsonLinesWriter? _ledger;
    private JsonLinesWriter? _shard;
    private int _shards;
    private long _shardCharacters;

    private CorpusWriter(ArtifactDirectory artifact) => _artifact = artifact;

    /// <summary>To note command, options, seeds, inputs and details in.</summary>
    public Manifest Manifest => _artifact.Manifest;

    /// <summary>Documents written.</summary>
    public int Count => _ids.Count;

    /// <summary>Documents refused because their id was there already.</summary>
    public int Duplicates { get; private set; }

    /// <param name="directory">Where the corpus will stand.</param>
    /// <param name="time">Clock for the creation time.</param>
    /// <param name="replace">Whether a corpus already there may be replaced, at the commit.</param>
    /// <exception cref="UsageException">It exists and <paramref name="replace"/> is false.</exception>
    public static CorpusWriter Create(string directory, TimeProvider time, bool replace = false) =>
        new(ArtifactDirectory.Create(directory, CorpusFormat.Name, CorpusFormat.Version, time, replace));

    /// <summary>Adds a document, unless its id is there already: then it is counted and false is returned.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public bool Add(Document document)
    {
        if (!_ids.Add(document.Id))
        {
            Duplicates++;
            return false;
        }

        if (_shard is null || _shardCharacters >= ShardCharacters)
        {
            StartShard();
        }

        _shard!.Write(document);
        _shardCharacters += document.Text.Length;
        _sources[document.Source] = _sources.GetValueOrDefault(document.Source) + 1;
        return true;
    }

    /// <summary>Notes why a document is treated as it is; makes this a curated corpus.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public void AddLedger(LedgerEntry entry) => (_ledger ??= JsonLines.Writer(_artifact.PathOf(CorpusFormat.LedgerFile))).Write(entry);

    /// <summary>Where a file that belongs beside the documents is to be written before the commit.</summary>
    /// <param name="name">Its name in the corpus's folder.</param>
    public string PathOf(string name) => _artifact.PathOf(name);

    /// <summary>Finishes the corpus and opens it.</summary>
    /// <exception cref="BadInputException">No documents were added.</exception>
    /// <exception cref="TdaException">The disk is full.</exception>
    public Corpus Commit() => Commit(allowEmpty: false);

    /// <inheritdoc cref="Commit()"/>
    /// <param name="allowEmpty">Whether it may be without documents.</param>
    public Corpus Commit(bool allowEmpty)
    {
        if (Count == 0 && !allowEmpty)
        {
            throw new BadInputException(_artifact.FinalDirectory, "the corpus would be empty: nothing can be traced without candidate documents");
        }

        foreach (var file in (JsonLinesWriter?[])[_shard, _ledger])
        {
            file?.Commit();
            file?.Dispose();
        }

        (_shard, _ledger) = (null, null);
        Manifest.Details[CorpusFormat.DocumentsDetail] = Count;
        Manifest.Details[CorpusFormat.SourcesDetail] = JsonSerializer.SerializeToNode(_sources);
        _artifact.Commit();
        return Corpus.Open(_artifact.FinalDirectory, verify: false);
    }

    /// <summary>Without a commit, throws the unfinished corpus away.</summary>
    public void Dispose()
    {
        _shard?.Dispose();
        _ledger?.Dispose();
        _artifact.Discard();
    }

    private void StartShard()
    {
        _shard?.Commit();
        _shard?.Dispose();
        _shard = JsonLines.Writer(_artifact.PathOf(CorpusFormat.Shard(_shards++)));
        _shardCharacters = 0;
    }
}
