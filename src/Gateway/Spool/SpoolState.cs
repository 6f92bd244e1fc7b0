namespace Tda.Gateway.Spool;

/// <summary>What waits in the spool of one gateway run.</summary>
/// <param name="SessionId">The run.</param>
/// <param name="First">The first exchange's sequence number; 0 when there is none.</param>
/// <param name="Last">The last one's.</param>
/// <param name="Exchanges">How many can be read.</param>
/// <param name="Faults">Damaged places; a torn end is none.</param>
public sealed record SpoolState(string SessionId, long First, long Last, long Exchanges, IReadOnlyList<SpoolFault> Faults);
