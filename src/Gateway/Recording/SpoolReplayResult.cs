using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>What a replay of the spool did.</summary>
/// <param name="Sessions">Gateway runs whose spool was brought into the store.</param>
/// <param name="Exchanges">Exchanges in it; those that the store had already are not doubled.</param>
/// <param name="Faults">Damaged places; the segments are in the spool's <c>rejected</c> folder. A torn end is no loss.</param>
public sealed record SpoolReplayResult(int Sessions, long Exchanges, IReadOnlyList<SpoolFault> Faults);
