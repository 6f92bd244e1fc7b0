namespace Tda.Store;

/// <summary>What an erasure did.</summary>
/// <param name="Erased">The tombstones that stand for the exchanges now, those of earlier erasures too.</param>
/// <param name="Unknown">Ids that the log does not know.</param>
/// <param name="Copies">Files with the exchanges' ids.</param>
public sealed record ErasureReport(IReadOnlyList<Tombstone> Erased, IReadOnlyList<string> Unknown, IReadOnlyList<ErasedCopy> Copies);
