using Tda.Curation.Ledger;

namespace Tda.Curation.Plans;

/// <summary>A stage that judges each document by itself.</summary>
/// <param name="name">What the progress bar says.</param>
public abstract class DocumentFilter(string name) : ICurationStage
{
    private static readonly Dictionary<string, string> None = [];

    public abstract string Rule { get; }

    public virtual IReadOnlyDictionary<string, string> Inputs => None;

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context) =>
        documents.Pass(context, name).Select(Judge).OfType<Decision>();

    /// <summary>The decision on one document; null leaves it alone.</summary>
    public abstract Decision? Judge(Document document);

    /// <summary>Leaves a document out. The evidence is its beginning; rules that hit something put that in its place.</summary>
    /// <param name="document">The document.</param>
    /// <param name="reason">Short name of the reason, such as <c>too_short</c>.</param>
    /// <param name="value">What was measured.</param>
    /// <param name="threshold">What it was compared with.</param>
    protected Decision Drop(Document document, string reason, double value, double threshold) =>
        new(document.Id, CurationAction.Drop, Rule) { Reason = reason, Value = value, Threshold = threshold, Evidence = Evidence.Of(document.Text) };
}
