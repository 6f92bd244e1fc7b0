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

    /// <summary>The decisions, in the corpus's order: one more pass, for the evidence.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    /// <param name="ids">Ids in the corpus's order.</param>
    /// <param name="template">Rule, reason and threshold.</param>
    /// <param name="evidence">What a dropped document has in common with its twin: gets the document, its place and the twin's.</param>
    public IEnumerable<Decision> Decisions(
        StageDocuments documents, StageContext context, IReadOnlyList<string> ids, Decision template, Func<Document, int, int, string?> evidence)
    {
        foreach (var (index, document) in documents.Pass(context, "noting duplicates").Index().Where(item => !IsKept(item.Index)))
        {
            yield return template with
            {
                Id = document.Id,
                Action = CurationAction.Drop,
                Value = _similarities[index],
                Twin = ids[_twins[index]],
                Evidence = evidence(document, index, _twins[index]),
            };
        }
    }
}
