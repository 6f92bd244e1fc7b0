using Tda.Core.Masks;
using Tda.Curation.Plans;

namespace Tda.Curation.Ledger;

/// <summary>Writes a curated corpus document by document; nothing appears before the commit.</summary>
internal sealed class CuratedCorpusWriter(StagedCuration staged, CurateOptions options, TimeProvider time) : IDisposable
{
    private readonly CorpusWriter _corpus = CorpusWriter.Create(options.OutputDirectory!, time, options.Replace);
    private readonly List<DocumentMask> _masks = [];
    private readonly List<KeyValuePair<string, double>> _weights = [];

    public void Add(Document document)
    {
        if (staged.IsGone(document.Id))
        {
            return;
        }

        if (staged.Masks.TryGetValue(document.Id, out var mask))
        {
            _masks.Add(Fitting(mask, document));
        }

        if (staged.Weights.TryGetValue(document.Id, out var weight))
        {
            _weights.Add(KeyValuePair.Create(document.Id, weight));
        }

        _corpus.Add(document);
    }

    public CurateResult Commit()
    {
        // Beside the documents before the commit: a corpus must never stand without the mask that belongs to it.
        if (_masks.Count > 0)
        {
            TokenMask.Write(_corpus.PathOf(CurationFiles.Mask), _masks);
        }

        if (_weights.Count > 0)
        {
            DocumentWeights.Write(_corpus.PathOf(CurationFiles.Weights), _weights);
        }

        foreach (var entry in staged.Ledger())
        {
            _corpus.AddLedger(entry);
        }

        var summary = staged.Summary();
        Check(summary);
        AtomicFile.WriteJson(_corpus.PathOf(CurationSummary.FileName), summary);
        if (options.Plan.Text is { } text)
        {
            AtomicFile.WriteText(_corpus.PathOf(CurationFiles.Plan), text);
        }

        WriteManifest(summary);
        return new CurateResult(_corpus.Commit(options.AllowEmpty), summary);
    }

    public void Dispose() => _corpus.Dispose();

    /// <summary>The ledger must add up: every document is kept or dropped once, for a reason.</summary>
    private void Check(CurationSummary summary)
    {
        var dropped = summary.Stages.Sum(stage => stage.Reasons.Where(reason => reason.Action == "drop").Sum(reason => reason.Documents));
        if (summary.Documents != _corpus.Count + dropped || summary.Dropped != dropped)
        {
            throw new InvalidOperationException(
                $"The ledger doesn't add up: of {summary.Documents} documents {_corpus.Count} are kept, and {dropped} are dropped for a reason.");
        }
    }

    private DocumentMask Fitting(DocumentMask mask, Document document)
    {
        if (mask.Spans.LastOrDefault() is [_, var end] && end > document.Text.Length)
        {
            throw new BadInputException(options.Plan.Path, $"document {document.Id} is masked up to character {end}, but has {document.Text.Length}", remedy: "Use the corpus that the run was made with.");
        }

        return mask;
    }

    private void WriteManifest(CurationSummary summary)
    {
        var manifest = _corpus.Manifest;
        manifest.Command = options.Command;
        manifest.Inputs[$"corpora/{staged.Corpus.Name}"] = staged.Corpus.ContentHash;
        foreach (var (input, hash) in summary.Stages.SelectMany(stage => stage.Inputs))
        {
            manifest.Inputs[input] = hash;
        }

        foreach (var file in ((string?[])[options.OverridesPath, options.Plan.File]).OfType<string>())
        {
            manifest.Inputs[Path.GetFileName(file)] = Hashing.Sha256File(file);
        }

        if (summary.Decisions is { } decisions)
        {
            manifest.Details["decisions"] = JsonSerializer.SerializeToNode(decisions, JsonDefaults.Options);
        }
    }
}
