using Tda.Curation.Ledger;

namespace Tda.Curation.Plans;

/// <summary>
/// One stage of a curation: a function of documents and options alone. The same documents in another order get the same decisions, and the
/// same documents in the same order get them in the same order.
/// </summary>
public interface ICurationStage
{
    /// <summary>What it does, with its options, in words: the ledger states it as the rule.</summary>
    string Rule { get; }

    /// <summary>What its decisions rest on besides the documents: name of a file or artifact, and its SHA-256.</summary>
    IReadOnlyDictionary<string, string> Inputs { get; }

    /// <summary>The decisions, at most one a document; documents that it leaves alone get none.</summary>
    /// <param name="documents">What earlier stages left; may be passed through any number of times.</param>
    /// <param name="context">Progress and the wish to stop.</param>
    /// <exception cref="BadInputException">Something that it reads is damaged.</exception>
    IEnumerable<Decision> Decide(StageDocuments documents, StageContext context);
}

/// <summary>What a stage is given besides its documents.</summary>
/// <param name="Progress">Shows how far it is; a stage starts a task for each pass.</param>
/// <param name="Cancellation">Is asked at least once a document.</param>
public sealed record StageContext(IProgressSink Progress, CancellationToken Cancellation);

/// <summary>The documents that a stage looks at. Each pass streams them anew; nothing of a text is kept between documents.</summary>
/// <param name="pass">Starts a pass.</param>
/// <param name="count">How many there are.</param>
public sealed class StageDocuments(Func<IEnumerable<Document>> pass, int count)
{
    /// <summary>How many a pass gives.</summary>
    public int Count => count;

    /// <summary>The documents of a list: for tests, and for what is small.</summary>
    public static StageDocuments Of(IReadOnlyCollection<Document> documents) => new(() => documents, documents.Count);

    /// <summary>A pass through all documents in the corpus's order, with progress.</summary>
    /// <param name="context">Where progress goes, and what stops the pass.</param>
    /// <param name="name">What the progress bar says.</param>
    /// <exception cref="OperationCanceledException">The pass was stopped.</exception>
    public IEnumerable<Document> Pass(StageContext context, string name)
    {
        using var task = context.Progress.Start(name, count, "documents");
        var done = 0;
        foreach (var document in pass())
        {
            context.Cancellation.ThrowIfCancellationRequested();
            yield return document;
            task.Report(++done);
        }
    }
}
