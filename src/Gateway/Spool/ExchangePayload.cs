using System.Buffers.Binary;
using Tda.Core.Exchanges;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Spool;

/// <summary>Reads the payload that an <see cref="ExchangeRecord"/> wrote.</summary>
internal static class ExchangePayload
{
    /// <summary>The exchange with its bodies and chain link, and the times of its response's pieces.</summary>
    /// <exception cref="InvalidDataException">The payload is not one, though its checksum holds: another program's, or a newer one's.</exception>
    public static (Exchange Exchange, ArrivalTimes Arrivals) Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < ExchangeRecord.PrefixSize)
        {
            throw new InvalidDataException("the record ends early");
        }

        var envelopeLength = BinaryPrimitives.ReadInt32LittleEndian(payload[ExchangeChain.Size..]);
        var timingsLength = BinaryPrimitives.ReadInt32LittleEndian(payload[(ExchangeChain.Size + 4)..]);
        var rest = payload[ExchangeRecord.PrefixSize..];
        if (envelopeLength < 0 || timingsLength < 0 || (long)envelopeLength + timingsLength > rest.Length)
        {
            throw new InvalidDataException("the record's lengths don't fit it");
        }

        var exchange = ExchangeEnvelope.Read(rest[..envelopeLength]);
        var arrivals = ArrivalTimes.Read(rest.Slice(envelopeLength, timingsLength));
        var bodies = rest[(envelopeLength + timingsLength)..];
        if (exchange.RequestBody.KeptBytes + exchange.ResponseBody.KeptBytes != bodies.Length)
        {
            throw new InvalidDataException("the record's bodies don't have the lengths that its envelope tells");
        }

        var requestLength = (int)exchange.RequestBody.KeptBytes;
        return (
            exchange with
            {
                Chain = exchange.Sequence > 0 ? Convert.ToHexStringLower(payload[..ExchangeChain.Size]) : null,
                RequestBody = exchange.RequestBody with { Bytes = bodies[..requestLength].ToArray() },
                ResponseBody = exchange.ResponseBody with { Bytes = bodies[requestLength..].ToArray() },
            },
            arrivals);
    }
}
