using Tda.Review.Attribution;

namespace Tda.Review.Deciding;

/// <summary>The documents that a form names, with their near-duplicates.</summary>
internal sealed class DecidedDocuments
{
    private readonly IReadOnlyDictionary<string, Document> _chosen;
    private readonly IReadOnlyList<(Document Twin, string Of, double Similarity)>? _twins;

    private DecidedDocuments(Corpus? corpus, IReadOnlyDictionary<string, Document> chosen, IReadOnlyList<(Document Twin, string Of, double Similarity)>? twins, bool follow)
    {
        (Corpus, _chosen, _twins) = (corpus, chosen, twins);
        var all = new Dictionary<string, Document>(chosen, StringComparer.Ordinal);
        foreach (var (twin, _, _) in follow ? twins ?? [] : [])
        {
            all[twin.Id] = twin;
        }

        All = all;
    }

    /// <summary>Their corpus; null where there are none.</summary>
    public Corpus? Corpus { get; }

    /// <summary>The documents chosen, and their twins where these follow.</summary>
    public IReadOnlyDictionary<string, Document> All { get; }

    /// <summary>Reads the documents, and looks for their twins.</summary>
    /// <exception cref="UsageException">There is no corpus at hand, it has changed since the page was opened, or it is too large for twins to follow.</exception>
    public static async Task<DecidedDocuments> ReadAsync(DeskRooms rooms, string? corpus, DecisionDraft draft, CancellationToken cancellation)
    {
        if (draft.Documents.Count == 0)
        {
            return new(null, new Dictionary<string, Document>(), [], follow: false);
        }

        var opened = (corpus is null ? null : rooms.Documents.Find(corpus))
            ?? throw new UsageException($"The corpus {corpus} isn't in this home any more: nothing can be decided on its documents.");
        var chosen = await rooms.Documents.GetAsync(opened, draft.Documents, cancellation);
        if (draft.Documents.FirstOrDefault(id => !chosen.ContainsKey(id)) is { } gone)
        {
            throw new UsageException($"Document {gone} isn't in corpus {corpus} any more: it has changed since this page was opened. Nothing you typed is lost: choose others.");
        }

        var twins = await Task.Run(() => NearDuplicates.Find(opened, [.. chosen.Values], cancellation), cancellation);
        return draft.Twins && twins is null
            ? throw new UsageException($"Corpus {corpus} has more than {NearDuplicates.MostDocuments:N0} documents: near-duplicates are found by a dedup stage of tda curate. Untick the box.")
            : new(opened, chosen, twins, draft.Twins);
    }

    /// <summary>What deciding on them would change; null where there are none.</summary>
    public DecisionPreview? Preview(DecisionDraft draft, (OpenedRun Run, int Row)? run) =>
        Corpus is null ? null : DecisionPreview.Of(draft, Corpus, [.. _chosen.Values], _twins, run);
}
