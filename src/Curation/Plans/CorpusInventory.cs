namespace Tda.Curation.Plans;

/// <summary>Which documents a corpus has, with their words and sources. Its memory grows with their number, not with their texts.</summary>
public sealed class CorpusInventory
{
    private readonly Dictionary<string, (int Words, int Source)> _documents = new(StringComparer.Ordinal);
    private readonly List<string> _sources = [];

    private CorpusInventory()
    {
    }

    /// <summary>Documents.</summary>
    public int Count => _documents.Count;

    /// <summary>Words of all documents. A word is a run of characters without white space.</summary>
    public long Words { get; private set; }

    /// <summary>Sources, in the order in which they first come.</summary>
    public IReadOnlyList<string> Sources => _sources;

    /// <summary>Passes through a corpus once.</summary>
    /// <exception cref="BadInputException">A shard is corrupt.</exception>
    public static CorpusInventory Read(Corpus corpus, StageContext context)
    {
        var inventory = new CorpusInventory();
        var sources = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var document in new StageDocuments(corpus.Documents, corpus.Count).Pass(context, "reading"))
        {
            if (!sources.TryGetValue(document.Source, out var source))
            {
                sources[document.Source] = source = inventory._sources.Count;
                inventory._sources.Add(document.Source);
            }

            var words = WordsOf(document.Text);
            inventory._documents[document.Id] = (words, source);
            inventory.Words += words;
        }

        return inventory;
    }

    /// <summary>Whether the corpus has the document.</summary>
    public bool Has(string id) => _documents.ContainsKey(id);

    /// <summary>Words of a document that the corpus has.</summary>
    public int WordsOfDocument(string id) => _documents[id].Words;

    /// <summary>The index of a document's source in <see cref="Sources"/>.</summary>
    public int SourceOf(string id) => _documents[id].Source;

    /// <summary>Documents of each of <see cref="Sources"/>.</summary>
    public int[] DocumentsBySource()
    {
        var counts = new int[_sources.Count];
        foreach (var (_, source) in _documents.Values)
        {
            counts[source]++;
        }

        return counts;
    }

    /// <summary>Words of a text.</summary>
    internal static int WordsOf(string text)
    {
        var words = 0;
        var inside = false;
        foreach (var c in text)
        {
            var space = char.IsWhiteSpace(c);
            words += !space && !inside ? 1 : 0;
            inside = !space;
        }

        return words;
    }
}
