using Tda.Core.Masks;
using Tda.Curation.Ledger;

namespace Tda.Curation.Exports;

/// <summary>What an export does to each document: the mask and the weights that hold for it, the corpus's own or a run's.</summary>
internal sealed class Treatment
{
    private readonly Corpus _corpus;
    private readonly string _where;
    private readonly Dictionary<string, DocumentMask> _masks;
    private readonly IReadOnlyDictionary<string, double> _weights;
    private readonly HashSet<string> _unmet;

    private Treatment(Corpus corpus, string where, IEnumerable<DocumentMask> masks, IReadOnlyDictionary<string, double> weights)
    {
        (_corpus, _where, _weights) = (corpus, where, weights);
        _masks = masks.ToDictionary(mask => mask.Id, StringComparer.Ordinal);
        _unmet = _masks.Keys.Concat(weights.Keys).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The run that mask and weights come from, where it is known.</summary>
    public string? Run { get; private init; }

    /// <summary>Whether any document has a weight.</summary>
    public bool HasWeights => _weights.Count > 0;

    /// <summary>Hashes of what went in beside the corpus.</summary>
    public SortedDictionary<string, string> Inputs { get; } = new(StringComparer.Ordinal);

    /// <exception cref="UsageException">The corpus has a mask and nothing is said of it, or has none and one is needed.</exception>
    /// <exception cref="BadInputException">The run has neither mask nor weights, or a file is damaged.</exception>
    public static Treatment Open(Corpus corpus, CorpusExportOptions options)
    {
        var own = corpus.Manifest.Outputs.Keys.Where(file => file is CurationFiles.Mask or CurationFiles.Weights).ToList();
        if (options.RunDirectory is not null && own.Count > 0)
        {
            throw new UsageException(
                $"{corpus.Name} has a {own[0]} of its own. Leave --run away, or export the corpus that it was made from.");
        }

        var treatment = options.RunDirectory is { } run ? OfRun(corpus, run) : OfCorpus(corpus, own);
        RequireSense(corpus, options, treatment);
        return treatment;
    }

    /// <summary>Nothing is done to any document.</summary>
    public static Treatment None(Corpus corpus) => new(corpus, corpus.Directory, [], new Dictionary<string, double>());

    /// <summary>A document with what holds for it.</summary>
    /// <exception cref="BadInputException">The mask doesn't fit the document.</exception>
    public TreatedDocument Of(Document document, ExportTally tally)
    {
        _unmet.Remove(document.Id);
        var mask = _masks.GetValueOrDefault(document.Id);
        if (mask?.Spans.LastOrDefault() is [_, var end] && end > document.Text.Length)
        {
            throw new BadInputException(
                _where,
                $"document {document.Id} is masked up to character {end}, but has {document.Text.Length}",
                remedy: "Use the corpus that the run was made with.");
        }

        var treated = new TreatedDocument(document, mask, _weights.GetValueOrDefault(document.Id, 1));
        tally.MaskedDocuments += mask is null ? 0 : 1;
        tally.MaskedCharacters += mask?.Spans.Sum(span => (long)span[1] - span[0]) ?? 0;
        tally.WeighedDocuments += treated.Weight == 1 ? 0 : 1;
        tally.Licenses[document.License ?? ""] = tally.Licenses.GetValueOrDefault(document.License ?? "") + 1;
        return treated;
    }

    /// <exception cref="BadInputException">Documents that the corpus doesn't have, and that its curation didn't drop.</exception>
    public void RefuseUnmet()
    {
        _unmet.ExceptWith(_corpus.Ledger().Where(entry => entry.Action == "drop").Select(entry => entry.Id));
        if (_unmet.Count > 0)
        {
            var first = _unmet.Order(StringComparer.Ordinal).First();
            throw new BadInputException(
                _where,
                $"it speaks of {_unmet.Count} documents that the corpus {_corpus.Name} does not have, such as {first}",
                remedy: "Use the corpus that the run was made with.");
        }
    }

    private static Treatment OfCorpus(Corpus corpus, List<string> own)
    {
        var masks = own.Contains(CurationFiles.Mask) ? TokenMask.Read(corpus.Artifact.PathOf(CurationFiles.Mask)) : [];
        var weights = own.Contains(CurationFiles.Weights)
            ? DocumentWeights.Read(corpus.Artifact.PathOf(CurationFiles.Weights))
            : new Dictionary<string, double>();
        var treatment = new Treatment(corpus, corpus.Directory, masks, weights)
        {
            Run = own.Count > 0 ? corpus.Manifest.InputOf(ArtifactKind.Run)?.Name : null,
        };
        foreach (var file in own)
        {
            treatment.Inputs[$"corpora/{corpus.Name}/{file}"] = corpus.Manifest.Outputs[file];
        }

        return treatment;
    }

    private static Treatment OfRun(Corpus corpus, string run)
    {
        if (!Directory.Exists(run))
        {
            throw new BadInputException(run, "there is no such run", remedy: "Check the name (--run).");
        }

        var mask = Path.Combine(run, CurationFiles.Mask);
        var weights = Path.Combine(run, CurationFiles.Weights);
        if (!File.Exists(mask) && !File.Exists(weights))
        {
            throw new BadInputException(run, "the run has neither a token mask nor weights", remedy: "Make a mask with tda guide.");
        }

        var treatment = new Treatment(
            corpus,
            run,
            File.Exists(mask) ? TokenMask.Read(mask) : [],
            File.Exists(weights) ? DocumentWeights.Read(weights) : new Dictionary<string, double>())
        {
            Run = Path.GetFileName(Path.TrimEndingDirectorySeparator(run)),
        };
        foreach (var path in new[] { mask, weights }.Where(File.Exists))
        {
            treatment.Inputs[$"runs/{treatment.Run}/{Path.GetFileName(path)}"] = Hashing.Sha256File(path);
        }

        return treatment;
    }

    /// <summary>A mask is never left behind unless somebody says so, and never asked of a corpus that has none.</summary>
    private static void RequireSense(Corpus corpus, CorpusExportOptions options, Treatment treatment)
    {
        if (options.Mask is null && (treatment._masks.Count > 0 || treatment.HasWeights))
        {
            var has = treatment._masks.Count > 0 ? "a token mask" : "document weights";
            throw new UsageException(
                $"{corpus.Name} has {has}: say with --mask what becomes of that (cut, redact, weights, ids; none leaves it behind).");
        }

        if (options.Mask is CorpusExportMask.Cut or CorpusExportMask.Redact && treatment._masks.Count == 0)
        {
            throw new UsageException($"{corpus.Name} has no token mask to {(options.Mask == CorpusExportMask.Cut ? "cut" : "redact")} by: "
                + "name the run that has one (--run), or make a curated corpus (tda curate --mask).");
        }

        if (options.Mask == CorpusExportMask.Weights && treatment._masks.Count == 0 && !treatment.HasWeights)
        {
            throw new UsageException($"{corpus.Name} has neither a token mask nor document weights: name the run that has them (--run).");
        }
    }
}

/// <summary>A document and what holds for it.</summary>
/// <param name="Document">The document as the corpus has it.</param>
/// <param name="Mask">Its masked tokens and characters; null: none.</param>
/// <param name="Weight">Factor of its loss, 0 or more.</param>
internal sealed record TreatedDocument(Document Document, DocumentMask? Mask, double Weight)
{
    /// <summary>Masked characters as ascending [start, end) pairs of UTF-16 offsets; without EOS, which is no character.</summary>
    public IEnumerable<int[]> Spans => Mask?.Spans.Where(span => span[1] > span[0]) ?? [];

    /// <summary>A part of the text, masked spans replaced.</summary>
    /// <param name="start">First UTF-16 character.</param>
    /// <param name="end">One past the last.</param>
    /// <param name="marker">Stands for each masked span; empty: the span is cut out.</param>
    public string Text(int start, int end, string marker)
    {
        var text = new StringBuilder();
        var at = start;
        foreach (var span in Spans.Where(span => span[1] > start && span[0] < end))
        {
            text.Append(Document.Text, at, Math.Max(span[0] - at, 0)).Append(marker);
            at = Math.Min(span[1], end);
        }

        return text.Append(Document.Text, at, end - at).ToString();
    }

    /// <summary>The text as <paramref name="options"/> want it: whole, cut or redacted.</summary>
    public string Text(CorpusExportOptions options) => Text(options, 0, Document.Text.Length);

    /// <inheritdoc cref="Text(CorpusExportOptions)"/>
    public string Text(CorpusExportOptions options, int start, int end) => options.Mask switch
    {
        CorpusExportMask.Cut => Text(start, end, ""),
        CorpusExportMask.Redact => Text(start, end, options.Marker),
        _ => Document.Text[start..end],
    };
}
