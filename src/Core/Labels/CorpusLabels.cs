using System.Text.Json.Nodes;

namespace Tda.Core.Labels;

/// <summary>The labels of a corpus's documents: files beside the documents, <c>labels.SET.jsonl</c>, which the corpus's manifest lists.</summary>
public sealed class CorpusLabels
{
    private const string Detail = "labels";

    private readonly OpenedArtifact _artifact;

    private CorpusLabels(OpenedArtifact artifact)
    {
        _artifact = artifact;
        Sets = artifact.Manifest.Details[Detail] is JsonObject sets
            ? [.. sets.Select(set => JsonFile.Part<LabelSet>(set.Value, Path.Combine(artifact.Directory, Manifest.FileName), $"details.{Detail}.{set.Key}"))]
            : [];
    }

    /// <summary>Who labelled the corpus, and with what.</summary>
    public IReadOnlyList<LabelSet> Sets { get; }

    /// <summary>The labels of a corpus as they stand on disk now.</summary>
    /// <param name="directory">The corpus's directory.</param>
    /// <exception cref="BadInputException">Not a corpus, or damaged.</exception>
    public static CorpusLabels Open(string directory) => new(ArtifactDirectory.Open(directory, CorpusFormat.Name, CorpusFormat.Version, verifyHashes: false));

    /// <summary>SHA-256 of a set's file, as an input of what is made from it.</summary>
    public string HashOf(LabelSet set) => _artifact.Manifest.Outputs[FileOf(set.Name)];

    /// <summary>The set that holds a label.</summary>
    /// <param name="label">The label, or <c>SET/LABEL</c> where several sets hold one of this name.</param>
    /// <exception cref="BadInputException">No set holds it, or several do.</exception>
    public (LabelSet Set, string Label) Find(string label)
    {
        var parts = label.Split('/', 2);
        var holding = Sets.Where(set => set.Labels.Contains(parts[^1]) && (parts.Length == 1 || set.Name == parts[0])).ToList();
        return holding switch
        {
            [var set] => (set, parts[^1]),
            [] => throw new BadInputException(
                _artifact.Directory, $"has no label '{label}'" + (Sets.Count == 0 ? "" : $"; it has {string.Join(", ", Sets.SelectMany(set => set.Labels.Select(name => $"{set.Name}/{name}")))}"),
                remedy: "Label it with tda label corpus."),
            _ => throw new BadInputException(
                _artifact.Directory, $"has label '{label}' from {string.Join(" and ", holding.Select(set => set.Name))}",
                remedy: $"Say which, as {holding[0].Name}/{label}."),
        };
    }

    /// <summary>The values of one label by document id; documents without a value are absent. Memory grows with the number of documents.</summary>
    /// <inheritdoc cref="Find"/>
    public IReadOnlyDictionary<string, double> Values(string label)
    {
        var (set, name) = Find(label);
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var document in Read(set))
        {
            if (document.Values.TryGetValue(name, out var value))
            {
                values[document.Id] = value;
            }
        }

        return values;
    }

    /// <summary>A set's labels, document by document, in the corpus's order.</summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public IEnumerable<DocumentLabels> Read(LabelSet set)
    {
        var path = _artifact.PathOf(FileOf(set.Name));
        _artifact.Verify(FileOf(set.Name));
        return JsonLines.Read<DocumentLabels>(path);
    }

    internal static string FileOf(string set) => $"labels.{set}.jsonl";

    internal static void Amend(string directory, LabelSet set) =>
        ArtifactDirectory.Amend(directory, CorpusFormat.Name, CorpusFormat.Version, [FileOf(set.Name)], manifest =>
        {
            if (manifest.Details[Detail] is not JsonObject all)
            {
                manifest.Details[Detail] = all = [];
            }

            all[set.Name] = JsonSerializer.SerializeToNode(set, JsonDefaults.Options);
        });
}

/// <summary>What one labeler said of a corpus.</summary>
/// <param name="Name">The set's name; its file is <c>labels.NAME.jsonl</c>.</param>
/// <param name="By">Who labelled, down to what the values depend on.</param>
/// <param name="At">When.</param>
/// <param name="Labels">Names of its labels.</param>
/// <param name="Documents">Documents that were looked at.</param>
public sealed record LabelSet(string Name, string By, DateTimeOffset At, IReadOnlyList<string> Labels, int Documents);

/// <summary>What a labeler said of a document: one line of <c>labels.SET.jsonl</c>.</summary>
/// <param name="Id">The document.</param>
/// <param name="Values">By label, 0 (no) to 1 (yes); empty where it said nothing.</param>
public sealed record DocumentLabels(string Id, IReadOnlyDictionary<string, double> Values);

/// <summary>
/// Writes a set of labels beside a corpus, document by document. What a stopped run wrote is kept in <c>labels.SET.unfinished</c>, and
/// the next run of the same labeler on the same documents goes on behind it.
/// </summary>
public sealed class CorpusLabelWriter : IDisposable
{
    private const int FlushEvery = 64;

    private readonly Corpus _corpus;
    private readonly string _by;
    private readonly string _set;
    private readonly FileStream _kept;
    private readonly string _path;

    private CorpusLabelWriter(Corpus corpus, string set, string by)
    {
        (_corpus, _set, _by) = (corpus, set, by);
        _path = Path.Combine(corpus.Directory, $"labels.{set}.unfinished");
        try
        {
            _kept = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TdaException($"{_path} can't be written: {error.Message}", error);
        }

        Resume();
    }

    /// <summary>Documents, from the first on, that a stopped run has labelled.</summary>
    public int Done { get; private set; }

    /// <summary>Starts a set, or goes on with it.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="set">The set's name, letters, digits, '.', '-' or '_'. A finished one of this name is replaced by <see cref="Commit"/>.</param>
    /// <param name="by">Who labels.</param>
    /// <exception cref="UsageException">The name can't be one.</exception>
    /// <exception cref="TdaException">Another process is writing it, or the place can't be written.</exception>
    public static CorpusLabelWriter Start(Corpus corpus, string set, string by) => LabelCondition.IsName(set)
        ? new CorpusLabelWriter(corpus, set, by)
        : throw new UsageException($"'{set}' can't name a set of labels: 1 to 64 letters, digits, '.', '-' or '_'");

    /// <summary>What a stopped run wrote.</summary>
    /// <exception cref="BadInputException">It is damaged.</exception>
    public IEnumerable<DocumentLabels> Kept()
    {
        _kept.Position = 0;
        using var reader = new StreamReader(_kept, leaveOpen: true);
        reader.ReadLine();
        for (var i = 0; i < Done; i++)
        {
            yield return Read(reader.ReadLine()!);
        }

        _kept.Position = _kept.Length;
    }

    /// <summary>Adds the labels of the next document.</summary>
    /// <exception cref="TdaException">The disk is full.</exception>
    public void Add(DocumentLabels labels)
    {
        Write(labels);
        if (++Done % FlushEvery == 0)
        {
            AtomicFile.Guard(_path, () => _kept.Flush());
        }
    }

    /// <summary>Puts the finished set beside the corpus.</summary>
    /// <param name="labels">Names of its labels.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="TdaException">The disk is full.</exception>
    public LabelSet Commit(IReadOnlyList<string> labels, TimeProvider time)
    {
        using (var file = new AtomicFileWriter(Path.Combine(_corpus.Directory, CorpusLabels.FileOf(_set))))
        {
            AtomicFile.Guard(_path, () => _kept.Flush());
            _kept.Position = 0;
            while (_kept.ReadByte() is not ('\n' or -1))
            {
                // The first line says whose labels these are.
            }

            file.Guard(() => _kept.CopyTo(file.Stream));
            file.Commit();
        }

        var set = new LabelSet(_set, _by, time.GetUtcNow(), labels, Done);
        CorpusLabels.Amend(_corpus.Directory, set);
        _kept.Dispose();
        File.Delete(_path);
        return set;
    }

    /// <summary>Without a commit, keeps what was added for the next run.</summary>
    public void Dispose()
    {
        try
        {
            _kept.Dispose();
        }
        catch (IOException)
        {
            // A full disk: the next run goes on behind the last whole line.
        }
    }

    private void Resume()
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new { By = _by, Corpus = _corpus.ContentHash }, JsonDefaults.Options);
        long whole = 0;
        var lines = -1;
        var isOurs = false;
        var buffer = new byte[1 << 16];
        List<byte> first = [];
        for (int read; (read = _kept.Read(buffer)) > 0;)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] == '\n')
                {
                    whole = _kept.Position - read + i + 1;
                    isOurs = ++lines > 0 ? isOurs : first.SequenceEqual(header);
                }
                else if (lines < 0)
                {
                    first.Add(buffer[i]);
                }
            }
        }

        Done = isOurs ? lines : 0;
        _kept.SetLength(isOurs ? whole : 0);
        _kept.Position = _kept.Length;
        if (!isOurs)
        {
            AtomicFile.Guard(_path, () => _kept.Write([.. header, (byte)'\n']));
        }
    }

    private DocumentLabels Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<DocumentLabels>(line, JsonDefaults.Options)!;
        }
        catch (JsonException error)
        {
            throw new BadInputException(_path, $"isn't what a stopped run wrote: {error.Message}", remedy: "Delete it, and label again.", inner: error);
        }
    }

    private void Write<T>(T line)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, JsonDefaults.Options), (byte)'\n'];
        AtomicFile.Guard(_path, () => _kept.Write(bytes));
    }
}
