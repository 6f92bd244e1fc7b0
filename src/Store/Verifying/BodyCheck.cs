using Tda.Core.Artifacts;
using Tda.Core.Exchanges;

namespace Tda.Store.Verifying;

/// <summary>A body against its length and hash.</summary>
internal static class BodyCheck
{
    public static void Check(Exchange exchange, FaultList faults)
    {
        Check(exchange.Id, "request", exchange.RequestBody, faults);
        Check(exchange.Id, "response", exchange.ResponseBody, faults);
    }

    private static void Check(string id, string part, RecordedBody body, FaultList faults)
    {
        var there = body.Bytes.LongLength;
        if (there != body.KeptBytes)
        {
            faults.Add(id, there == 0 ? $"the {part}'s body is missing from the log" : $"the {part}'s body has {there} bytes, and {body.KeptBytes} were recorded");
        }
        else if (!body.Unpacked && body.Length < there)
        {
            faults.Add(id, $"the {part}'s body has {there} bytes, more than the {body.Length} that went over the wire");
        }
        else if ((!body.Truncated || body.Redactions > 0) && Hashing.Sha256(body.Bytes) != body.Sha256)
        {
            faults.Add(id, $"the {part}'s body does not match its SHA-256 {body.Sha256}");
        }
    }
}
