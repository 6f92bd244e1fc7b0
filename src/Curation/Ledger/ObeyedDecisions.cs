using Tda.Curation.Plans;

namespace Tda.Curation.Ledger;

/// <summary>
/// The reviewers' decisions that a curation obeys: those of an overrides file, and those that stand in a store. The file is of this corpus
/// alone; of the store's decisions, which may be on documents of many corpora, those on this one's count.
/// </summary>
internal sealed class ObeyedDecisions
{
    private readonly string? _file;
    private readonly StandingDecisions? _store;
    private readonly HashSet<string> _ofFile;

    private ObeyedDecisions(string? file, StandingDecisions? store, Dictionary<string, ReviewerOverride> byDocument, HashSet<string> ofFile) =>
        (_file, _store, ByDocument, _ofFile) = (file, store, byDocument, ofFile);

    /// <summary>The decisions by document id.</summary>
    public IReadOnlyDictionary<string, ReviewerOverride> ByDocument { get; }

    /// <summary>What came of the store's decisions; null where none were asked for.</summary>
    public DecisionsSummary? Summary { get; private init; }

    /// <summary>Changes with everything that stages may see of the decisions.</summary>
    public string Key { get; private init; } = "";

    /// <summary>Reads the file, and joins the store's decisions to its own.</summary>
    /// <exception cref="BadInputException">
    /// A line isn't an override, the file decides on documents that the corpus doesn't have, or file and store decide differently on one.
    /// </exception>
    public static ObeyedDecisions Read(CurateOptions options, Corpus corpus, CorpusInventory inventory)
    {
        var (file, store) = (options.OverridesPath, options.Decisions);
        var decisions = file is null ? [] : new Dictionary<string, ReviewerOverride>(Overrides.Read(file), StringComparer.Ordinal);
        var unknown = decisions.Keys.Where(id => !inventory.Has(id)).ToList();
        if (unknown.Count > 0)
        {
            throw StagedCuration.Unknown(unknown, corpus, file!, null, "Use the corpus that the reviewer saw.");
        }

        var ofFile = decisions.Keys.ToHashSet(StringComparer.Ordinal);
        var own = store?.Decisions.Where(decision => inventory.Has(decision.Id)).OrderBy(decision => decision.Id, StringComparer.Ordinal).ToList() ?? [];
        foreach (var decision in own)
        {
            if (decisions.TryGetValue(decision.Id, out var other) && !IsSame(decision, other))
            {
                throw new BadInputException(
                    file!, $"it decides on document {decision.Id} otherwise than {store!.Source} does: {Brief(other)} here, {Brief(decision)} there",
                    remedy: "Decide again, or change the line, so that both say the same; --decisions none leaves the store's decisions out.");
            }

            decisions.TryAdd(decision.Id, decision);
        }

        return new(file, store, decisions, ofFile)
        {
            Summary = store is null ? null : new(own.Count, store.Decisions.Count - own.Count, store.Last),
            Key = (file is null ? "" : Hashing.Sha256File(file)) + (own.Count == 0 ? "" : HashOf(own)),
        };
    }

    /// <summary>Checks the decisions' masks against the texts; one that was made for another text would suppress something else.</summary>
    /// <exception cref="BadInputException">A mask doesn't fit its document.</exception>
    public void CheckMasks(Corpus corpus, StageContext context)
    {
        var masked = ByDocument.Values.Where(decision => decision.Decision == OverrideDecision.Mask).ToDictionary(decision => decision.Id, StringComparer.Ordinal);
        if (masked.Count == 0)
        {
            return;
        }

        foreach (var document in new StageDocuments(corpus.Documents, corpus.Count).Pass(context, "checking masks"))
        {
            if (masked.TryGetValue(document.Id, out var decision) && Fault(decision, document.Text.Length) is { } fault)
            {
                throw new BadInputException(
                    _ofFile.Contains(document.Id) ? _file! : _store!.Source,
                    $"document {document.Id} can't be masked as {decision.Reviewer} decided: {fault}",
                    remedy: "Decide on the document again, with the text that this corpus has.");
            }
        }
    }

    private static string? Fault(ReviewerOverride decision, int length)
    {
        if (decision.Tokens!.Zip(decision.Tokens!.Prepend(0)).Any(pair => pair.First <= pair.Second))
        {
            return "its tokens must be ascending, from 1";
        }

        var end = 0;
        foreach (var span in decision.Spans!)
        {
            if (span is not [var from, var to] || from < end || to < from)
            {
                return "its spans must be pairs [start, end), ascending and apart";
            }

            end = to;
        }

        return end > length ? FormattableString.Invariant($"it covers characters up to {end}, and the text has {length}") : null;
    }

    private static bool IsSame(ReviewerOverride one, ReviewerOverride other) =>
        one.Decision == other.Decision
        && one.Weight == other.Weight
        && (one.Tokens ?? []).SequenceEqual(other.Tokens ?? [])
        && (one.Spans ?? []).SelectMany(span => span).SequenceEqual((other.Spans ?? []).SelectMany(span => span));

    private static string Brief(ReviewerOverride decision) => (decision with { Reason = null, Note = null }).InWords();

    private static string HashOf(List<ReviewerOverride> decisions) => Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(decisions, JsonDefaults.Options));
}

/// <summary>Reviewers' decisions as they stand in a store, on documents of any corpus.</summary>
public sealed record StandingDecisions
{
    /// <summary>Where they stand, for errors; no credentials.</summary>
    public required string Source { get; init; }

    /// <summary>The decisions, one a document.</summary>
    public required IReadOnlyList<ReviewerOverride> Decisions { get; init; }

    /// <summary>Number of the last decision that the store had, taken back or not.</summary>
    public required long Last { get; init; }
}

/// <summary>What came of a store's decisions.</summary>
/// <param name="Obeyed">Decisions on documents of the corpus.</param>
/// <param name="Elsewhere">Decisions on documents that it doesn't have.</param>
/// <param name="Last">Number of the last decision that the store had.</param>
public sealed record DecisionsSummary(int Obeyed, int Elsewhere, long Last);
