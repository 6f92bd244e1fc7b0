using Tda.Core.Exchanges;

namespace Tda.Store;

/// <summary>An exchange and its place in the log's order, from which reading can go on.</summary>
public sealed record PlacedExchange(ExchangeCursor Cursor, Exchange Exchange);
