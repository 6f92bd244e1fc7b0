using Tda.Core.Masks;
using Tda.Curation.Ledger;

namespace Tda.Curation.Plans;

/// <summary>
/// A plan's decisions on a corpus, stage by stage, before anything is written. A reviewer's decision stands above every stage: what they
/// drop is gone before the first, what they keep, mask or weigh is seen by every stage and changed by none. Of the stages, a drop ends a
/// document's way; masks of several are joined, and weights multiplied. Memory grows with the documents' number, not with their texts.
/// </summary>
public sealed class StagedCuration : IDisposable
{
    private const double LargeShare = .2;

    private readonly StageJournal _journal;
    private readonly ObeyedDecisions _reviewers;
    private readonly IReadOnlyDictionary<string, ReviewerOverride> _overrides;
    private readonly Dictionary<string, DocumentMask> _masks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _weights = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly List<StageSummary> _stages = [];
    private readonly List<string> _notes = [];
    private long _wordsLeft;

    private StagedCuration(Corpus corpus, CorpusInventory inventory, StageJournal journal, ObeyedDecisions reviewers)
    {
        (Corpus, Inventory, _journal, _reviewers, _overrides) = (corpus, inventory, journal, reviewers, reviewers.ByDocument);
        _wordsLeft = inventory.Words;
    }

    /// <summary>The corpus that is curated.</summary>
    public Corpus Corpus { get; }

    /// <summary>What it has.</summary>
    public CorpusInventory Inventory { get; }

    /// <summary>Why the plan was stopped before its end; null where it wasn't.</summary>
    public BadInputException? Stopped { get; private set; }

    /// <summary>Masks of documents that stay, by id.</summary>
    internal IReadOnlyDictionary<string, DocumentMask> Masks => _masks;

    /// <summary>Weights of documents that stay, by id.</summary>
    internal IReadOnlyDictionary<string, double> Weights => _weights;

    /// <summary>Whether a document is left out.</summary>
    public bool IsGone(string id) => _gone.Contains(id);

    /// <summary>Decides stage by stage; stages whose decisions are kept aren't asked again.</summary>
    /// <exception cref="BadInputException">A stage's input is damaged, or something is decided on documents that the corpus doesn't have.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; finished stages are kept.</exception>
    internal static StagedCuration Run(Corpus corpus, CurateOptions options, StageJournal journal, StageContext context)
    {
        // 1. What there is, and what reviewers decided.
        var inventory = CorpusInventory.Read(corpus, context);
        var reviewers = ObeyedDecisions.Read(options, corpus, inventory);
        reviewers.CheckMasks(corpus, context);
        var curation = new StagedCuration(corpus, inventory, journal, reviewers);
        if (reviewers.ByDocument.Count > 0)
        {
            curation.Apply(0, Overrides.Rule, Overrides.Rule, new Dictionary<string, string>(), reviewers.ByDocument.Values.Select(Overrides.Own));
        }

        if (reviewers.Summary is { Elsewhere: > 0 and var elsewhere })
        {
            curation.Note(elsewhere, elsewhere == 1 ? "1 decision is on a document that this corpus doesn't have" : $"{elsewhere:N0} decisions are on documents that this corpus doesn't have");
        }

        // 2. Which stages are kept.
        var stages = options.Plan.Stages;
        var inputs = stages.Select(stage => stage.Stage.Inputs).ToList();
        var keys = KeysOf(corpus, options, reviewers, inputs);
        string[] kinds = [.. stages.Select(stage => stage.Kind)];
        var kept = journal.Kept(keys, kinds);
        if (kept > 0)
        {
            context.Progress.Message(
                kept == stages.Count ? "Every stage's decisions are kept from before." : $"Going on after stage {kept} of {stages.Count}: what it and those before it decided is kept.");
        }

        // 3. Stage after stage.
        foreach (var (index, stage) in stages.Index())
        {
            var number = index + 1;
            if (index >= kept && curation._gone.Count < curation.Inventory.Count)
            {
                var left = new StageDocuments(() => corpus.Documents().Where(document => !curation.IsGone(document.Id)), curation.Inventory.Count - curation._gone.Count);
                journal.Write(number, stage.Kind, keys[index], stage.Stage.Decide(left, context));
            }
            else if (index >= kept)
            {
                journal.Write(number, stage.Kind, keys[index], []); // of no documents, no stage has anything to say
            }

            var unknown = journal.Read(number, stage.Kind).Select(decision => decision.Id).Where(id => !curation.Inventory.Has(id)).ToList();
            if (unknown.Count > 0)
            {
                throw Unknown(unknown, corpus, options.Plan.Path, options.Plan.Text is null ? null : stage.Line, "Use the corpus that the run was made with.");
            }

            curation.Apply(number, stage.Kind, stage.Stage.Rule, inputs[index], journal.Read(number, stage.Kind));
            curation.Stopped = curation.StopAfter(number, stage, options);
            if (curation.Stopped is not null)
            {
                break;
            }
        }

        return curation;
    }

    /// <summary>What it comes to so far.</summary>
    public CurationSummary Summary()
    {
        var (dropped, masked, tokens, weighed) = (Counts(_gone), Counts(_masks.Keys), new long[Inventory.Sources.Count], Counts(_weights.Keys));
        foreach (var mask in _masks.Values)
        {
            tokens[Inventory.SourceOf(mask.Id)] += mask.Tokens.Length;
        }

        var documents = Inventory.DocumentsBySource();
        return new CurationSummary
        {
            Corpus = Corpus.Name,
            ContentHash = Corpus.ContentHash,
            Documents = Inventory.Count,
            Words = Inventory.Words,
            DocumentsLeft = Inventory.Count - _gone.Count,
            WordsLeft = _wordsLeft,
            Dropped = _gone.Count,
            Masked = _masks.Count,
            MaskedTokens = tokens.Sum(),
            Weighed = _weights.Count,
            Overridden = _overrides.Count,
            Decisions = _reviewers.Summary,
            Stages = [.. _stages],
            Sources =
            [
                .. Inventory.Sources.Select((source, i) => new SourceSummary(source, documents[i], dropped[i], masked[i], tokens[i], weighed[i]))
                    .OrderBy(source => source.Source, StringComparer.Ordinal),
            ],
            Notes = [.. _notes],
        };
    }

    /// <summary>What comes of all stages together, one decision a document: for a control that is to do as much.</summary>
    public IEnumerable<Decision> Together()
    {
        const string all = "all stages";
        return
        [
            .. _gone.Select(id => new Decision(id, CurationAction.Drop, all)),
            .. Decision.Masks(_masks.Values, all, tau: null),
            .. _weights.Select(one => new Decision(one.Key, CurationAction.Weight, all) { Weight = one.Value }),
        ];
    }

    /// <summary>Every decision as the ledger states it: reviewers first, then stage by stage.</summary>
    public IEnumerable<LedgerEntry> Ledger()
    {
        foreach (var stage in _stages)
        {
            var decisions = stage.Stage == 0 ? _overrides.Values.Select(Overrides.Own) : _journal.Read(stage.Stage, stage.Kind);
            foreach (var decision in decisions)
            {
                var reviewer = _overrides.GetValueOrDefault(decision.Id);
                var action = (stage.Stage == 0 ? decision : Overrides.Under(decision, reviewer)).Action;
                yield return new LedgerEntry(decision.Id, JsonNamingPolicy.SnakeCaseLower.ConvertName($"{action}"), decision.Rule, Decision.RuleVersion)
                {
                    Stage = stage.Stage,
                    Kind = stage.Kind,
                    Value = decision.Value,
                    Threshold = decision.Threshold,
                    Reason = decision.Reason,
                    Twin = decision.Twin,
                    Evidence = decision.Evidence,
                    Override = reviewer?.InWords(),
                };
            }
        }
    }

    /// <summary>What to throw where something is decided on documents that the corpus doesn't have.</summary>
    internal static BadInputException Unknown(List<string> unknown, Corpus corpus, string path, long? line, string remedy) => new(
        path, $"it decides on {unknown.Count} documents that the corpus {corpus.Name} does not have, such as {unknown.Order(StringComparer.Ordinal).First()}",
        remedy: remedy, line: line);

    /// <summary>Removes the kept decisions: the curated corpus is written.</summary>
    public void Finish() => _journal.Finish();

    /// <summary>Leaves the kept decisions for the next run.</summary>
    public void Dispose() => _journal.Dispose();

    /// <summary>A key for each stage: it changes with anything that its decisions hang on, the stages before it included.</summary>
    private static List<string> KeysOf(
        Corpus corpus, CurateOptions options, ObeyedDecisions reviewers, List<IReadOnlyDictionary<string, string>> inputs)
    {
        var before = corpus.ContentHash + reviewers.Key;
        List<string> keys = [];
        foreach (var (stage, own) in options.Plan.Stages.Zip(inputs))
        {
            var named = own.OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => $"{input.Key} {input.Value}");
            string[] parts = [before, stage.Kind, stage.Options, stage.Stage.Rule, Decision.RuleVersion, .. named];
            keys.Add(before = Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(parts)));
        }

        return keys;
    }

    private void Apply(int number, string kind, string rule, IReadOnlyDictionary<string, string> inputs, IEnumerable<Decision> decisions)
    {
        var (documents, words) = (Inventory.Count - _gone.Count, _wordsLeft);
        var reasons = new Dictionary<(string Action, string Reason), (int Documents, long Words)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (masksJoined, weightsMultiplied) = (0, 0);
        foreach (var decision in decisions)
        {
            if (!seen.Add(decision.Id))
            {
                throw new InvalidOperationException($"Stage {number} ({kind}) decides on document {decision.Id} twice.");
            }

            if (_gone.Contains(decision.Id))
            {
                throw new InvalidOperationException($"Stage {number} ({kind}) decides on document {decision.Id}, which an earlier stage dropped.");
            }

            var effective = number == 0 ? decision : Overrides.Under(decision, _overrides.GetValueOrDefault(decision.Id));
            var own = Inventory.WordsOfDocument(decision.Id);
            var reason = (JsonNamingPolicy.SnakeCaseLower.ConvertName($"{effective.Action}"), decision.Reason ?? kind);
            var (count, sum) = reasons.GetValueOrDefault(reason);
            reasons[reason] = (count + 1, sum + own);
            switch (effective.Action)
            {
                case CurationAction.Drop:
                    _gone.Add(decision.Id);
                    _masks.Remove(decision.Id);
                    _weights.Remove(decision.Id);
                    _wordsLeft -= own;
                    break;
                case CurationAction.Mask:
                    masksJoined += _masks.TryGetValue(decision.Id, out var mask) ? 1 : 0;
                    _masks[decision.Id] = mask is null ? effective.Mask! : TokenMask.Join(mask, effective.Mask!);
                    break;
                case CurationAction.Weight:
                    var isWeighed = _weights.TryGetValue(decision.Id, out var weight);
                    weightsMultiplied += isWeighed ? 1 : 0;
                    _weights[decision.Id] = isWeighed ? weight * effective.Weight!.Value : effective.Weight!.Value;
                    break;
            }
        }

        _stages.Add(new StageSummary(number, kind, rule)
        {
            Documents = documents,
            DocumentsLeft = Inventory.Count - _gone.Count,
            Words = words,
            WordsLeft = _wordsLeft,
            Reasons =
            [
                .. reasons.Select(one => new ReasonSummary(one.Key.Action, one.Key.Reason, one.Value.Documents, one.Value.Words))
                    .OrderByDescending(one => one.Documents).ThenBy(one => one.Reason, StringComparer.Ordinal).ThenBy(one => one.Action, StringComparer.Ordinal),
            ],
            Inputs = inputs,
        });
        Note(masksJoined, $"stage {number} ({kind}) masks {masksJoined:N0} documents that an earlier stage masked: their masks are joined");
        Note(weightsMultiplied, $"stage {number} ({kind}) weighs {weightsMultiplied:N0} documents that an earlier stage weighed: their weights are multiplied");
    }

    private BadInputException? StopAfter(int number, PlannedStage stage, CurateOptions options)
    {
        var summary = _stages[^1];
        var dropped = summary.Documents - summary.DocumentsLeft;
        var words = FormattableString.Invariant($"stage {number} ({stage.Kind}) drops {dropped:N0} of {summary.Documents:N0} documents");
        var line = options.Plan.Text is null ? (long?)null : stage.Line;
        if (stage.AtMost is { } most && dropped > most * summary.Documents)
        {
            return new BadInputException(
                options.Plan.Path, FormattableString.Invariant($"{words}, more than at_most, {most}"), line: line,
                remedy: "Look at its samples (--dry-run), then change its options or at_most.");
        }

        if (dropped > 0 && summary.DocumentsLeft == 0 && !options.AllowEmpty)
        {
            return new BadInputException(
                options.Plan.Path, $"{words}, and none is left", line: line,
                remedy: "Look at its samples (--dry-run), then change its options; --allow-empty goes on all the same.");
        }

        Note(stage.AtMost is null && dropped > LargeShare * summary.Documents ? 1 : 0, $"{words}, more than a fifth");
        return null;
    }

    private void Note(int count, string note)
    {
        if (count > 0)
        {
            _notes.Add(note);
        }
    }

    private int[] Counts(IEnumerable<string> ids)
    {
        var counts = new int[Inventory.Sources.Count];
        foreach (var id in ids)
        {
            counts[Inventory.SourceOf(id)]++;
        }

        return counts;
    }
}
