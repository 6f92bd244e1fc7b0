using Tda.Evaluation.Banks;
using Tda.Lab.Models;
using Tda.Scoring.Gradients;

namespace Tda.Bench.Banks;

/// <summary>The text bank with what it was made of.</summary>
/// <param name="Bank">Retrainings of the closed model.</param>
/// <param name="Documents">Its training corpus.</param>
/// <param name="Asked">The queries.</param>
/// <param name="Log">The exchanges that a surrogate may see.</param>
/// <param name="Closed">Folder of the closed model.</param>
internal sealed record TextBankParts(
    RetrainingBank Bank, Corpus Documents, IReadOnlyList<Query> Asked, IReadOnlyList<Exchange> Log, string Closed);

/// <summary>What a text bank is retrained and asked with.</summary>
/// <param name="Documents">The closed model's training corpus.</param>
/// <param name="Asked">The queries.</param>
/// <param name="Log">The exchanges that a surrogate may see.</param>
/// <param name="Closed">Folder of the closed model.</param>
internal sealed record TextBankMade(Corpus Documents, IReadOnlyList<Query> Asked, IReadOnlyList<Exchange> Log, string Closed)
{
    /// <summary>How far a model is below the n-grams of the documents that it was trained on.</summary>
    /// <param name="model">Folder of the closed model, or of one that was trained like it.</param>
    /// <param name="kept">Its documents.</param>
    /// <param name="cancel">Stops it.</param>
    public NgramFloor Floor(string model, bool[] kept, CancellationToken cancel)
    {
        string[] documents = [.. Documents.Documents().Select(document => document.Id)], queries = [.. Asked.Select(query => query.Id)];
        using var models = new TextBankModels(Documents, Asked, documents, queries, new CaptureOptions());
        var member = models.Folder("S0", model).Members[0];
        using var lab = LabModel.Load(model);
        var outcomes = new RetrainingOutcomes(documents, queries, [kept], [[TextBank.QueryLosses(lab.Model, Asked, lab.Tokenizer, cancel)]]);
        return NgramFloor.Of(outcomes, member.Context.Documents, member.Queries, lab.Tokenizer.Hash, cancellation: cancel);
    }
}
