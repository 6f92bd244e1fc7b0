using Tda.Core.Masks;

namespace Tda.Curation.Ledger;

/// <summary>Writes a curated corpus document by document; nothing appears before the commit.</summary>
internal sealed class CuratedCorpusWriter(CurateOptions options, TimeProvider time) : IDisposable
{
    private readonly CorpusWriter _corpus = CorpusWriter.Create(options.OutputDirectory, time, options.Replace);
    private readonly List<DocumentMask> _masks = [];
    private readonly Dictionary<string, double> _weights = new(StringComparer.Ordinal);
    private int _read;
    private int _dropped;
    private int _overridden;

    public void Add(Document document, Decision? ruled, ReviewerOverride? reviewer)
    {
        _read++;
        var decision = reviewer is null ? ruled : Overrides.Apply(ruled, reviewer);
        if (decision is null)
        {
            _corpus.Add(document);
            return;
        }

        if (reviewer is not null)
        {
            _overridden++;
        }

        Carry(document, decision);
        _corpus.AddLedger(new LedgerEntry(document.Id, decision.Action.ToString().ToLowerInvariant(), decision.Rule, CurationPlan.RuleVersion)
        {
            Value = decision.Value,
            Threshold = decision.Threshold,
            Reason = decision.Reason,
            Twin = decision.Twin,
            Evidence = decision.Evidence,
            Override = reviewer?.InWords(),
        });
    }

    public CurateResult Commit(Corpus source)
    {
        // Beside the documents before the commit: a corpus must never stand without the mask that belongs to it.
        if (_masks.Count > 0)
        {
            TokenMask.Write(InWork(CurationFiles.Mask), _masks);
        }

        if (_weights.Count > 0)
        {
            DocumentWeights.Write(InWork(CurationFiles.Weights), _weights);
        }

        WriteManifest(source);
        var corpus = _corpus.Commit();
        return new CurateResult(corpus, _read, _dropped, _masks.Count, _masks.Sum(m => (long)m.Tokens.Length), _weights.Count, _overridden);
    }

    public void Dispose() => _corpus.Dispose();

    private void Carry(Document document, Decision decision)
    {
        switch (decision.Action)
        {
            case CurationAction.Drop:
                _dropped++;
                return;
            case CurationAction.Mask:
                _masks.Add(Fitting(decision.Mask!, document));
                break;
            case CurationAction.Weight:
                _weights[document.Id] = decision.Weight!.Value;
                break;
        }

        _corpus.Add(document);
    }

    private DocumentMask Fitting(DocumentMask mask, Document document)
    {
        if (mask.Spans.LastOrDefault() is [_, var end] && end > document.Text.Length)
        {
            throw new BadInputException(options.Plan.Where, $"document {document.Id} is masked up to character {end}, but has {document.Text.Length}", remedy: "Use the corpus that the run was made with.");
        }

        return mask;
    }

    private void WriteManifest(Corpus source)
    {
        var manifest = _corpus.Manifest;
        manifest.Command = options.Command;
        manifest.Inputs[$"corpora/{source.Name}"] = source.ContentHash;
        if (options.OverridesPath is { } overrides)
        {
            manifest.Inputs[Path.GetFileName(overrides)] = Hashing.Sha256File(overrides);
        }

        if (options.RunDirectory is not { } run)
        {
            return;
        }

        foreach (var file in new[] { Manifest.FileName, CurationFiles.Mask, CurationFiles.Weights }.Where(f => File.Exists(Path.Combine(run, f))))
        {
            manifest.Inputs[$"runs/{Path.GetFileName(Path.TrimEndingDirectorySeparator(run))}/{file}"] = Hashing.Sha256File(Path.Combine(run, file));
        }
    }

    private string InWork(string file) => Path.Combine(Path.GetFullPath(options.OutputDirectory) + AtomicFileWriter.PartSuffix, file);
}
