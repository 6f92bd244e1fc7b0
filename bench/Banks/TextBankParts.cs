namespace Tda.Bench.Banks;

/// <summary>The text bank with what it was made of.</summary>
/// <param name="Bank">Retrainings of the closed model.</param>
/// <param name="Documents">Its training corpus.</param>
/// <param name="Asked">The queries.</param>
/// <param name="Log">The exchanges that a surrogate may see.</param>
/// <param name="Closed">Folder of the closed model.</param>
internal sealed record TextBankParts(
    RetrainingBank Bank, Corpus Documents, IReadOnlyList<Query> Asked, IReadOnlyList<Exchange> Log, string Closed);
