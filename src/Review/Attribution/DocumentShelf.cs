namespace Tda.Review.Attribution;

/// <summary>Texts of documents by id. A corpus is compressed in one piece, so what a page needs is read in one pass, and kept for the next.</summary>
internal sealed class DocumentShelf(TdaHome home)
{
    private const int MostKept = 4_000;

    private readonly Lock _turn = new();
    private readonly Dictionary<(string Corpus, string Id), Document> _kept = [];

    /// <summary>The corpus of a name; null where there is none.</summary>
    /// <exception cref="BadInputException">It is damaged.</exception>
    public Corpus? Find(string name)
    {
        try
        {
            return home.CorpusDirectory(name) is var directory && File.Exists(Path.Combine(directory, Manifest.FileName)) ? Corpus.Open(directory, verify: false) : null;
        }
        catch (UsageException)
        {
            return null;
        }
    }

    /// <summary>Those of these documents that a corpus has, by id.</summary>
    /// <exception cref="BadInputException">The corpus is damaged.</exception>
    public Task<IReadOnlyDictionary<string, Document>> GetAsync(Corpus corpus, IReadOnlyCollection<string> ids, CancellationToken cancellation) =>
        Task.Run(() => Get(corpus, ids, cancellation), cancellation);

    private IReadOnlyDictionary<string, Document> Get(Corpus corpus, IReadOnlyCollection<string> ids, CancellationToken cancellation)
    {
        var found = new Dictionary<string, Document>(StringComparer.Ordinal);
        HashSet<string> missing = [];
        lock (_turn)
        {
            foreach (var id in ids)
            {
                if (_kept.TryGetValue((corpus.ContentHash, id), out var document))
                {
                    found[id] = document;
                }
                else
                {
                    missing.Add(id);
                }
            }
        }

        if (missing.Count == 0)
        {
            return found;
        }

        foreach (var document in corpus.Documents().Where(document => missing.Contains(document.Id)).Take(missing.Count))
        {
            cancellation.ThrowIfCancellationRequested();
            found[document.Id] = document;
        }

        lock (_turn)
        {
            if (_kept.Count + found.Count > MostKept)
            {
                _kept.Clear();
            }

            foreach (var id in missing.Where(found.ContainsKey))
            {
                _kept[(corpus.ContentHash, id)] = found[id];
            }
        }

        return found;
    }
}
