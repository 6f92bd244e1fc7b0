namespace Tda.Curation.Plans;

/// <summary>
/// Draws samples of what each stage decided, some for every reason. The draw hangs on the documents' ids and a fixed seed alone, so that the
/// same documents in another order give the same samples.
/// </summary>
public static class StageSamples
{
    /// <summary>Samples for each reason, unless told otherwise.</summary>
    public const int Standard = 10;

    private const long Seed = 15;
    private const int ExcerptCharacters = 600;

    private static readonly Comparer<(ulong Draw, string Id)> LastFirst = Comparer<(ulong Draw, string Id)>.Create(
        (one, other) => other.Draw != one.Draw ? other.Draw.CompareTo(one.Draw) : string.CompareOrdinal(other.Id, one.Id));

    /// <summary>Draws, then passes through the corpus for the texts.</summary>
    /// <param name="staged">What was decided.</param>
    /// <param name="count">How many for each reason of a stage, 0 or more.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    /// <returns>Stage by stage, reason by reason.</returns>
    public static IReadOnlyList<StageSample> Draw(StagedCuration staged, int count, StageContext context)
    {
        // 1. The first of each reason, in an order drawn by id.
        var drawn = new Dictionary<(int? Stage, string Action, string Reason), PriorityQueue<LedgerEntry, (ulong Draw, string Id)>>();
        foreach (var entry in count > 0 ? staged.Ledger() : [])
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var reason = (entry.Stage, entry.Action, entry.Reason ?? entry.Kind!);
            if (!drawn.TryGetValue(reason, out var queue))
            {
                drawn[reason] = queue = new(LastFirst);
            }

            queue.Enqueue(entry, (SplitMix64.Of(Seed, entry.Id).Next(), entry.Id));
            if (queue.Count > count)
            {
                queue.Dequeue();
            }
        }

        // 2. The texts of these and of their twins.
        var entries = drawn.OrderBy(reason => reason.Key.Stage)
            .ThenBy(reason => reason.Key.Action, StringComparer.Ordinal).ThenBy(reason => reason.Key.Reason, StringComparer.Ordinal)
            .SelectMany(reason => reason.Value.UnorderedItems.OrderByDescending(item => item.Priority, LastFirst).Select(item => item.Element)).ToList();
        var shown = ShownDocument.Of(staged.Corpus, [.. entries.Select(entry => entry.Id), .. entries.Select(entry => entry.Twin).OfType<string>()], ExcerptCharacters, context);
        return [.. entries.Select(entry => new StageSample(entry, shown[entry.Id], entry.Twin is { } twin ? shown.GetValueOrDefault(twin) : null))];
    }
}

/// <summary>A document that a stage decided on, as an example.</summary>
/// <param name="Decision">What was decided, as the ledger states it.</param>
/// <param name="Document">The document.</param>
/// <param name="Twin">The document that stays in its place; null where there is none.</param>
public sealed record StageSample(LedgerEntry Decision, ShownDocument Document, ShownDocument? Twin);

/// <summary>A document as people are shown it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Source">Its source.</param>
/// <param name="Name">The name by which people know it; null where it has none.</param>
/// <param name="Words">Its words.</param>
/// <param name="Excerpt">The beginning of its text.</param>
public sealed record ShownDocument(string Id, string Source, string? Name, int Words, string Excerpt)
{
    /// <summary>Passes through a corpus for some of its documents.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="ids">Those wanted; unknown ones are left out.</param>
    /// <param name="characters">Most characters of each text.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    public static Dictionary<string, ShownDocument> Of(Corpus corpus, HashSet<string> ids, int characters, StageContext context)
    {
        var found = new Dictionary<string, ShownDocument>(StringComparer.Ordinal);
        if (ids.Count == 0)
        {
            return found;
        }

        foreach (var document in new StageDocuments(corpus.Documents, corpus.Count).Pass(context, "samples").Where(document => ids.Contains(document.Id)))
        {
            var text = document.Text;
            // A surrogate pair isn't cut in two.
            var end = Math.Min(characters, text.Length);
            end -= end > 0 && end < text.Length && char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
            found[document.Id] = new ShownDocument(
                document.Id, document.Source, DocumentName.Of(document), CorpusInventory.WordsOf(text), end < text.Length ? text[..end] + "…" : text);
            if (found.Count == ids.Count)
            {
                break;
            }
        }

        return found;
    }
}
