using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Deduplication;

/// <summary>Which documents go since a like one stays. Holds 12 bytes a document.</summary>
internal sealed class TwinList
{
    private const int Stays = -1;

    private readonly int[] _twins;
    private readonly double[] _similarities;

    /// <summary>All documents stay.</summary>
    /// <param name="count">How many there are.</param>
    public TwinList(int count)
    {
        _twins = new int[count];
        _similarities = new double[count];
        _twins.AsSpan().Fill(Stays);
    }

    /// <summary>Whether a document stays, as far as is known.</summary>
    public bool IsKept(int document) => _twins[document] == Stays;

    /// <summary>The document that stays in this one's place, and how like it is.</summary>
    public (int Twin, double Similarity) Of(int document) => (_twins[document], _similarities[document]);

    /// <summary>Leaves a document out.</summary>
    /// <param name="document">Its place in the corpus.</param>
    /// <param name="twin">The place of one that stays.</param>
    /// <param name="similarity">How like they are.</param>
    public void Drop(int document, int twin, double similarity) => (_twins[document], _similarities[document]) = (twin, similarity);

    /// <summary>The decisions, in the corpus's order.</summary>
    /// <param name="ids">Ids in that order.</param>
    /// <param name="template">Action, rule, reason and threshold.</param>
    public IEnumerable<Decision> Decisions(IReadOnlyList<string> ids, Decision template) =>
        Enumerable.Range(0, ids.Count).Where(document => !IsKept(document)).Select(document => Decide(document, ids, template));

    /// <summary>The decisions, in the corpus's order, with what only the texts tell: one more pass.</summary>
    /// <inheritdoc cref="Decisions(IReadOnlyList{string}, Decision)"/>
    /// <param name="documents">The documents.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    /// <param name="complete">Gets the decision, its document and the document's place; gives the whole decision.</param>
    public IEnumerable<Decision> Decisions(
        IReadOnlyList<string> ids, Decision template, StageDocuments documents, StageContext context, Func<Decision, Document, int, Decision> complete) =>
        from item in documents.Pass(context, "noting duplicates").Index()
        where !IsKept(item.Index)
        select complete(Decide(item.Index, ids, template), item.Item, item.Index);

    private Decision Decide(int document, IReadOnlyList<string> ids, Decision template) =>
        template with { Id = ids[document], Value = _similarities[document], Twin = ids[_twins[document]] };
}
