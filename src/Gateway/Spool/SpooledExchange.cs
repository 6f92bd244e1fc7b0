using Tda.Core.Exchanges;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Spool;

/// <summary>An exchange as it comes out of the spool, not yet parsed.</summary>
/// <param name="Exchange">What was seen on the wire.</param>
/// <param name="Arrivals">When the pieces of the response came.</param>
internal sealed record SpooledExchange(Exchange Exchange, ArrivalTimes Arrivals)
{
    /// <summary>Bytes of both bodies.</summary>
    public long Size => Exchange.RequestBody.Bytes.LongLength + Exchange.ResponseBody.Bytes.LongLength;
}
