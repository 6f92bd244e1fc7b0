using Tda.Core.Exchanges;
using Tda.Gateway.Parsing;
using Tda.Gateway.Spool;

namespace Tda.Gateway.Recording;

/// <summary>Fills in what the bodies of a spooled exchange say; never throws for what client or upstream sent.</summary>
internal static class SpoolParser
{
    public static Exchange Parse(SpooledExchange spooled)
    {
        var parsed = ExchangeParser.Apply(spooled.Exchange, out var firstContent);
        return parsed with { FirstTokenMs = spooled.Arrivals.At(firstContent ?? 0) is { } microseconds ? microseconds / 1000.0 : null };
    }
}
