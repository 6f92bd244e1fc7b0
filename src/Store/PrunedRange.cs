namespace Tda.Store;

/// <summary>Sequence numbers of a gateway run that retention removed.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
/// <param name="Chain">The chain's link after the last, from which the run's chain goes on.</param>
public sealed record PrunedRange(long First, long Last, string? Chain);
