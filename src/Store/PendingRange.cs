namespace Tda.Store;

/// <summary>Sequence numbers of a gateway run that still wait in its spool.</summary>
/// <param name="From">The first one.</param>
/// <param name="To">The last one.</param>
public sealed record PendingRange(long From, long To);
