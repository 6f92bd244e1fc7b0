using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Tda.Gateway.Capture;

namespace Tda.Gateway.Spool;

/// <summary>
/// An exchange on its way into the spool: chain link, lengths, envelope and timings in one piece of memory, and the two
/// bodies where the capture holds them, so that a large body is never copied.
/// </summary>
/// <remarks>
/// Payload: link (32), envelope's length (4), timings' length (4), envelope, timings, request body, response body.
/// Keep in sync with docs/formats.md, Spool, and <see cref="ExchangePayload"/>.
/// </remarks>
internal sealed class ExchangeRecord : IDisposable
{
    public const int PrefixSize = ExchangeChain.Size + 8;

    // Version, then id and session as texts of 36 characters behind their lengths: the sequence follows.
    private const int SequenceOffset = 1 + (2 * (sizeof(int) + 36));

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    private readonly int _metaLength;
    private readonly int _envelopeLength;
    private byte[] _meta;

    /// <param name="exchange">What was seen on the wire; its bodies tell of <see cref="RecordedBody.KeptBytes"/> and have no bytes.</param>
    /// <param name="timings">When the pieces of the response came, see <see cref="Capture.ArrivalTimes"/>.</param>
    /// <param name="request">The request body's recorded bytes.</param>
    /// <param name="response">The response body's recorded bytes.</param>
    public ExchangeRecord(Exchange exchange, ReadOnlySpan<byte> timings, ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> response)
    {
        var buffer = _buffer ??= new(4096);
        buffer.ResetWrittenCount();
        buffer.GetSpan(PrefixSize)[..PrefixSize].Clear();
        buffer.Advance(PrefixSize);
        ExchangeEnvelope.Write(exchange, buffer);
        _envelopeLength = buffer.WrittenCount - PrefixSize;
        buffer.Write(timings);
        _metaLength = buffer.WrittenCount;
        _meta = ArrayPool<byte>.Shared.Rent(_metaLength);
        buffer.WrittenSpan.CopyTo(_meta);
        BinaryPrimitives.WriteInt32LittleEndian(_meta.AsSpan(ExchangeChain.Size), _envelopeLength);
        BinaryPrimitives.WriteInt32LittleEndian(_meta.AsSpan(ExchangeChain.Size + 4), timings.Length);
        Request = request;
        Response = response;
    }

    public ReadOnlyMemory<byte> Request { get; }

    public ReadOnlyMemory<byte> Response { get; }

    /// <summary>Everything before the bodies.</summary>
    public ReadOnlySpan<byte> Meta => _meta.AsSpan(0, _metaLength);

    /// <summary>Gives the exchange its place in the session's record, and returns the chain's next link.</summary>
    public byte[] Seal(long sequence, ReadOnlySpan<byte> chain)
    {
        var envelope = _meta.AsSpan(PrefixSize, _envelopeLength);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[SequenceOffset..], sequence);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Hashing.Sha256(envelope, digest);
        var link = ExchangeChain.Next(chain, digest);
        link.CopyTo(_meta.AsSpan());
        return link;
    }

    /// <summary>Gives the memory back; the record can't be written afterwards.</summary>
    public void Dispose()
    {
        if (_meta.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_meta);
            _meta = [];
        }
    }
}

/// <summary>Reads the payload that an <see cref="ExchangeRecord"/> wrote.</summary>
internal static class ExchangePayload
{
    /// <summary>The exchange with its bodies and chain link, and the times of its response's pieces.</summary>
    /// <exception cref="InvalidDataException">The payload is not one, though its checksum holds: another program's, or a newer one's.</exception>
    public static (Exchange Exchange, ArrivalTimes Arrivals) Read(ReadOnlySpan<byte> payload)
    {
        var exchange = ReadParts(payload, out var timings, out var bodies);
        var requestLength = (int)exchange.RequestBody.KeptBytes;
        return (
            exchange with
            {
                Chain = exchange.Sequence > 0 ? Convert.ToHexStringLower(payload[..ExchangeChain.Size]) : null,
                RequestBody = exchange.RequestBody with { Bytes = bodies[..requestLength].ToArray() },
                ResponseBody = exchange.ResponseBody with { Bytes = bodies[requestLength..].ToArray() },
            },
            ArrivalTimes.Read(timings.ToArray()));
    }

    /// <summary>The exchange alone: its bodies tell of their length and have no bytes.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Read"/>.</exception>
    public static Exchange ReadEnvelope(ReadOnlySpan<byte> payload) => ReadParts(payload, out _, out _);

    private static Exchange ReadParts(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> timings, out ReadOnlySpan<byte> bodies)
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
        timings = rest.Slice(envelopeLength, timingsLength);
        bodies = rest[(envelopeLength + timingsLength)..];
        if (exchange.RequestBody.KeptBytes + exchange.ResponseBody.KeptBytes != bodies.Length)
        {
            throw new InvalidDataException("the record's bodies don't have the lengths that its envelope tells");
        }

        return exchange;
    }
}
