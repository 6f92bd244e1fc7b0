namespace Tda.Curation.Formats;

/// <summary>
/// What an import did. Also written into the corpus's manifest, as <c>details.import</c>. What was read adds up: <see cref="Read"/> =
/// <see cref="Documents"/> + <see cref="EqualText"/> + <see cref="EqualId"/> + <see cref="TotalSkipped"/>.
/// </summary>
public sealed record ImportReport
{
    /// <summary>Records and whole files met, those that couldn't be used included.</summary>
    public required int Read { get; init; }

    /// <summary>Documents imported.</summary>
    public required int Documents { get; init; }

    /// <summary>Left out: documents without an id of their own whose text is there already.</summary>
    public required int EqualText { get; init; }

    /// <summary>Left out: documents whose own id is there already.</summary>
    public required int EqualId { get; init; }

    /// <summary>Those of <see cref="EqualId"/> that have another text than the document that was kept; null: none.</summary>
    public SkippedDocuments? OtherText { get; init; }

    /// <summary>Imported documents that were cut at the largest number of characters.</summary>
    public required int Truncated { get; init; }

    /// <summary>Fields that were used → imported documents that had them; empty where files aren't made of records.</summary>
    public required IReadOnlyDictionary<string, int> Fields { get; init; }

    /// <summary>Fields that were kept in <c>meta</c> → imported documents that had them.</summary>
    public required IReadOnlyDictionary<string, int> InMeta { get; init; }

    /// <summary>What was not imported for another reason, most frequent first.</summary>
    public required IReadOnlyList<SkippedDocuments> Skipped { get; init; }

    /// <summary>What a user should know before using the corpus, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>All that <see cref="Skipped"/> lists.</summary>
    public int TotalSkipped => Skipped.Sum(item => item.Count);
}

/// <summary>Documents that were left out for one reason.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Count">How many.</param>
/// <param name="Examples">Where the first few of them are: ids, or paths and places in files.</param>
public sealed record SkippedDocuments(string Reason, int Count, IReadOnlyList<string> Examples);

/// <summary>Counts what is left out, with a few examples for each reason.</summary>
internal sealed class SkipTally
{
    private const int MaximumExamples = 5;
    private readonly Dictionary<string, (int Count, List<string> Examples)> _skipped = new(StringComparer.Ordinal);

    public void Skip(string reason, string where)
    {
        (var count, var examples) = _skipped.GetValueOrDefault(reason, (0, []));
        if (examples.Count < MaximumExamples)
        {
            examples.Add(where);
        }

        _skipped[reason] = (count + 1, examples);
    }

    /// <summary>By reason, most frequent first.</summary>
    public IReadOnlyList<SkippedDocuments> List() => [.. _skipped
        .Select(item => new SkippedDocuments(item.Key, item.Value.Count, item.Value.Examples))
        .OrderByDescending(item => item.Count)
        .ThenBy(item => item.Reason, StringComparer.Ordinal)];

    /// <summary>All reasons in one line, for errors.</summary>
    public string InWords() => _skipped.Count == 0
        ? "there is nothing in it"
        : string.Join("; ", List().Select(item => $"{item.Count} × {item.Reason}, such as {item.Examples[0]}"));
}

/// <summary>Counts what an import meets, keeps and leaves out.</summary>
internal sealed class ImportTally
{
    /// <summary>Names of further fields that are told: data whose keys are its content would have as many as documents.</summary>
    private const int MaximumNames = 100;

    private readonly SkipTally _skipped = new();
    private readonly SkipTally _otherText = new();
    // What grows with the documents, beside the writer's ids, which are the same strings: some 60 bytes a document.
    private readonly Dictionary<string, UInt128> _texts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _fields = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _inMeta = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Used, string Other), int> _doubts = [];
    private readonly Dictionary<string, (string Type, string File)> _columns = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private int _read;
    private int _equalText;
    private int _equalId;
    private int _truncated;

    public string Reasons => _skipped.InWords();

    /// <summary>A record or a file that should have been a document was met; it is then kept, left out or skipped.</summary>
    public void Meet() => _read++;

    /// <summary>What was met can't be used.</summary>
    public void Skip(string reason, string where) => _skipped.Skip(reason, where);

    /// <summary>What was never a candidate, such as a file of another kind.</summary>
    public void SkipUnread(string reason, string where)
    {
        Meet();
        Skip(reason, where);
    }

    /// <summary>Something that a user should know.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>A record has two fields that could be its text.</summary>
    public void Doubt(string used, string other) => _doubts[(used, other)] = _doubts.GetValueOrDefault((used, other)) + 1;

    /// <summary>The columns of a file that names their types: a name of two types is noted.</summary>
    public void MeetColumns(IEnumerable<(string Name, string Type)> columns, string file)
    {
        foreach ((var name, var type) in columns.Where(_ => _columns.Count < MaximumNames))
        {
            if (!_columns.TryAdd(name, (type, file)) && _columns[name].Type != type)
            {
                Note($"'{name}' is of type {_columns[name].Type} in {_columns[name].File} and of type {type} in {file}.");
                _columns[name] = (type, file); // the next such file is told too, and not every file behind it
            }
        }
    }

    /// <summary>The document went into the corpus.</summary>
    public void Keep(ImportedDocument imported)
    {
        _texts[imported.Document.Id] = imported.TextId;
        _truncated += imported.IsCut ? 1 : 0;
        Count(_fields, imported.Fields);
        Count(_inMeta, imported.InMeta);
    }

    /// <summary>The document didn't go into the corpus: its id is there already.</summary>
    public void LeaveOut(ImportedDocument imported)
    {
        var isSame = _texts[imported.Document.Id] == imported.TextId;
        if (isSame && !imported.HasOwnId)
        {
            _equalText++;
            return;
        }

        _equalId++;
        if (!isSame)
        {
            _otherText.Skip("id with another text", $"{imported.Document.Id} in {imported.Where}");
        }
    }

    public ImportReport Report(int documents) => new()
    {
        Read = _read,
        Documents = documents,
        EqualText = _equalText,
        EqualId = _equalId,
        OtherText = _otherText.List().FirstOrDefault(),
        Truncated = _truncated,
        Fields = _fields,
        InMeta = _inMeta,
        Skipped = _skipped.List(),
        Notes =
        [
            .. _doubts.Select(doubt =>
                $"{doubt.Value:N0} records have '{doubt.Key.Other}' beside '{doubt.Key.Used}', which was taken for the text (--text-field chooses)."),
            .. _notes,
        ],
    };

    private static void Count(SortedDictionary<string, int> counts, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (counts.TryGetValue(name, out var count) || counts.Count < MaximumNames)
            {
                counts[name] = count + 1;
            }
        }
    }
}

/// <summary>A document that was read, before the corpus takes it or leaves it.</summary>
/// <param name="Document">The document.</param>
/// <param name="Where">Its place, for messages.</param>
internal sealed record ImportedDocument(Document Document, string Where)
{
    /// <summary>Whether the file gave it its id; else the id is that of its text.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>Tells its text from others: the number that its hash is.</summary>
    public UInt128 TextId => UInt128.Parse(HasOwnId ? DocumentId.Of(Document.Text) : Document.Id, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Whether its text was cut.</summary>
    public bool IsCut { get; init; }

    /// <summary>Fields of its record that were used.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Fields of its record that went into <c>meta</c>.</summary>
    public IReadOnlyList<string> InMeta { get; init; } = [];
}
