using Tda.Evaluation.Banks;
using Tda.Lab.Models;
using Tda.Scoring.Attribution.Queries;
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
    /// <param name="before">What its base learned, if that is to be counted too.</param>
    /// <param name="cancel">Stops it.</param>
    public NgramFloor Floor(string model, bool[] kept, Corpus? before, CancellationToken cancel)
    {
        using var lab = LabModel.Load(model);
        Document[] documents = [.. Documents.Documents(), .. before?.Documents() ?? []];
        string[] ids = [.. documents.Select(document => document.Id)];
        var rows = MemoryRows.FromTokens(ids, [.. documents.Select(document => (int[])[lab.Tokenizer.BosId, .. lab.Tokenizer.Encode(document.Text), lab.Tokenizer.EosId])]);
        var outcomes = new RetrainingOutcomes(
            ids, [.. Asked.Select(query => query.Id)], [[.. kept, .. documents.Skip(kept.Length).Select(_ => true)]],
            [[TextBank.QueryLosses(lab.Model, Asked, lab.Tokenizer, cancel)]]);
        var queries = new QueryEncoder(lab.Tokenizer, lab.ContextLength).Rows(Asked, NullProgress.Instance);
        return NgramFloor.Of(outcomes, rows, queries, lab.Tokenizer.Hash, cancellation: cancel);
    }
}
