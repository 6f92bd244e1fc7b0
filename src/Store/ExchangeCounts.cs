using Tda.Core.Exchanges;

namespace Tda.Store;

/// <summary>How many exchanges the log holds.</summary>
/// <param name="Total">Exchanges that match the filter.</param>
/// <param name="ByState">The same by terminal state; states without any are absent.</param>
public sealed record ExchangeCounts(long Total, IReadOnlyDictionary<TerminalState, long> ByState);
