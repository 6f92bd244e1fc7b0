using System.Text.Json.Nodes;
using Tda.Curation.Deduplication;
using Tda.Curation.Formats;

namespace Tda.Curation.Decontamination;

/// <summary>
/// The n-grams of benchmark files, words as duplicates are compared by (<see cref="HashedWords"/>), by 64-bit hashes: some 40 bytes each. That one
/// of 10⁹ n-grams of a corpus is taken for another of 10⁶ has a chance of 5 in 10⁵, and hits are shown with their text. For one caller at a time.
/// </summary>
internal sealed class BenchmarkNgrams
{
    private const int None = -1;
    private const ulong Base = 0x9E37_79B9_7F4A_7C15;

    private readonly HashedWords _words = new();
    private readonly Dictionary<ulong, int> _first = [];
    private readonly List<(int Item, int Next)> _links = [];
    private readonly List<BenchmarkItem> _items = [];
    private readonly SortedSet<int> _lengths = [];
    private readonly int _n;
    private readonly int _minWords;

    /// <param name="n">Words of an n-gram.</param>
    /// <param name="minWords">An item of fewer words is left out; one of fewer than <paramref name="n"/> is looked for as a whole.</param>
    public BenchmarkNgrams(int n, int minWords) => (_n, _minWords) = (n, Math.Min(n, minWords));

    /// <summary>The items that can be looked for.</summary>
    public IReadOnlyList<BenchmarkItem> Items => _items;

    /// <summary>Items of too few words.</summary>
    public int TooShort { get; private set; }

    /// <summary>Reads the items of files.</summary>
    /// <param name="files">JSON Lines, JSON, CSV, and what else can be imported.</param>
    /// <param name="fields">Fields of a record whose values make an item, joined; where none is given its text.</param>
    /// <param name="n">Words of an n-gram.</param>
    /// <param name="minWords">Fewest words of an item.</param>
    /// <param name="cancel">Stops between items.</param>
    /// <exception cref="BadInputException">A file can't be read, or holds nothing that can be looked for.</exception>
    public static BenchmarkNgrams Read(IEnumerable<string> files, IReadOnlyList<string> fields, int n, int minWords, CancellationToken cancel)
    {
        var index = new BenchmarkNgrams(n, minWords);
        foreach (var path in files)
        {
            var before = index._items.Count;
            var tally = new ImportTally();
            var options = new ImportOptions { TextField = fields.Count > 0 ? fields[0] : null };
            var reader = new DocumentReader(options, tally);
            foreach (var file in ImportFiles.Find(path, options, tally))
            {
                foreach (var item in reader.Read(file, _ => { }))
                {
                    cancel.ThrowIfCancellationRequested();
                    index.Add(item.Where, ItemText(item.Document, fields));
                }
            }

            if (index._items.Count == before)
            {
                throw new BadInputException(
                    path, $"holds no item of {index._minWords} words or more{(tally.Reasons.Length > 0 ? $": {tally.Reasons}" : "")}",
                    remedy: "Name the fields that hold the items by 'fields', or lower 'min_words'.");
            }
        }

        return index;
    }

    /// <summary>Adds an item.</summary>
    /// <param name="where">Its file and line.</param>
    /// <param name="text">Its text.</param>
    public void Add(string where, string text)
    {
        _words.Read(text);
        if (_words.Count < _minWords)
        {
            TooShort++;
            return;
        }

        var length = Math.Min(_n, _words.Count);
        _lengths.Add(length);
        var grams = Grams(length).ToHashSet();
        foreach (var gram in grams)
        {
            _links.Add((_items.Count, _first.GetValueOrDefault(gram, None)));
            _first[gram] = _links.Count - 1;
        }

        _items.Add(new(where, length, grams.Count));
    }

    /// <summary>The items that share n-grams with a text, in their order: how many, each counted once, and where in the text the first run of them stands.</summary>
    public IEnumerable<BenchmarkHit> Hits(string text)
    {
        _words.Read(text);
        var hits = new SortedDictionary<int, BenchmarkHit>();
        foreach (var length in _lengths)
        {
            var seen = new HashSet<ulong>();
            var at = 0;
            foreach (var gram in Grams(length))
            {
                if (_first.TryGetValue(gram, out var link) && seen.Add(gram))
                {
                    var (start, end) = (_words.Place(at).Start, _words.Place(at + length - 1).End);
                    for (; link != None; link = _links[link].Next)
                    {
                        var item = _links[link].Item;
                        hits[item] = hits.TryGetValue(item, out var known)
                            ? known with { Ngrams = known.Ngrams + 1, End = start <= known.End ? end : known.End }
                            : new BenchmarkHit(_items[item], 1, start, end);
                    }
                }

                at++;
            }
        }

        return hits.Values;
    }

    /// <summary>A hash of each n-gram of the words, in order: Σ Base^(n−1−i) · hash_i modulo 2⁶⁴, kept rolling; n takes part.</summary>
    private IEnumerable<ulong> Grams(int n)
    {
        ulong gram = 0, leaving = 1;
        for (var i = 1; i < n; i++)
        {
            leaving *= Base;
        }

        for (var i = 0; i < _words.Count; i++)
        {
            gram = (gram - (i >= n ? leaving * _words.Hashes[i - n] : 0)) * Base + _words.Hashes[i];
            if (i >= n - 1)
            {
                yield return gram ^ (ulong)n;
            }
        }
    }

    private static string ItemText(Document document, IReadOnlyList<string> fields) =>
        fields.Count == 0 ? document.Text
            : string.Join('\n', fields.Skip(1).Select(field => Value(document.Meta?[field])).Prepend(document.Text).OfType<string>());

    private static string? Value(JsonNode? value) => value switch
    {
        JsonValue text when text.TryGetValue(out string? given) => given,
        JsonArray list => string.Join('\n', list.Select(Value).OfType<string>()),
        _ => value?.ToJsonString(),
    };
}

/// <summary>A question, a passage or whatever else one record of a benchmark holds.</summary>
/// <param name="Where">Its file and line.</param>
/// <param name="Length">Words of its n-grams.</param>
/// <param name="Ngrams">Different n-grams.</param>
internal sealed record BenchmarkItem(string Where, int Length, int Ngrams);

/// <summary>What a document has of a benchmark's item.</summary>
/// <param name="Item">The item.</param>
/// <param name="Ngrams">Different n-grams of it that the document has.</param>
/// <param name="Start">Where in the document the first run of them begins.</param>
/// <param name="End">Where that run ends.</param>
internal sealed record BenchmarkHit(BenchmarkItem Item, int Ngrams, int Start, int End)
{
    /// <summary>The share of the item's n-grams that the document has.</summary>
    public double Share => (double)Ngrams / Item.Ngrams;
}
