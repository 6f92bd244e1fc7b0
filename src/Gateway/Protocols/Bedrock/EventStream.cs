using System.Buffers.Binary;
using System.IO.Hashing;

namespace Tda.Gateway.Protocols.Bedrock;

/// <summary>
/// Reads Amazon's event stream encoding (<c>application/vnd.amazon.eventstream</c>). A message is: total length, length of the headers, CRC-32
/// of these two, headers, payload, CRC-32 of all before it; numbers are big-endian, of 4 bytes.
/// </summary>
internal ref struct EventStream(ReadOnlySpan<byte> body)
{
    private const int Prelude = 12;
    private const int Checksum = 4;

    // Messages are of 24 MB at most, by the encoding's own rule.
    private const int LongestMessage = 24 << 20;

    private readonly ReadOnlySpan<byte> _body = body;

    /// <summary>Where the next message begins.</summary>
    public int At { get; private set; }

    /// <summary>Whether bytes are left that make no whole message: the stream was cut.</summary>
    public readonly bool IsCut => At < _body.Length;

    /// <summary>Reads the next message; false at the end, and where only a part of one has come.</summary>
    /// <param name="check">Whether the message's own checksum must hold: it doesn't where secrets were masked in it.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="FormatException">What stands there is no message, or a damaged one.</exception>
    public bool TryRead(bool check, out EventStreamMessage message)
    {
        message = default;
        var rest = _body[At..];
        if (rest.Length < Prelude)
        {
            return false;
        }

        var total = BinaryPrimitives.ReadUInt32BigEndian(rest);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        if (Crc32.HashToUInt32(rest[..8]) != BinaryPrimitives.ReadUInt32BigEndian(rest[8..]))
        {
            throw new FormatException($"no event stream at byte {At}: the checksum of a message's lengths is wrong");
        }

        if (total > LongestMessage || total < Prelude + Checksum || headers > total - Prelude - Checksum)
        {
            throw new FormatException($"no event stream at byte {At}: a message of {total} bytes with {headers} bytes of headers");
        }

        if (rest.Length < total)
        {
            return false;
        }

        var whole = rest[..(int)total];
        if (check && Crc32.HashToUInt32(whole[..^Checksum]) != BinaryPrimitives.ReadUInt32BigEndian(whole[^Checksum..]))
        {
            throw new FormatException($"the message at byte {At} of the event stream is damaged: its checksum is wrong");
        }

        var payload = Prelude + (int)headers;
        message = new(whole[Prelude..payload], At + payload, whole[payload..^Checksum]);
        At += (int)total;
        return true;
    }
}

/// <summary>One message of an event stream.</summary>
/// <param name="headers">Its headers, encoded.</param>
/// <param name="payloadOffset">Where in the stream its payload begins.</param>
/// <param name="payload">Its payload, of Bedrock's a JSON object.</param>
internal readonly ref struct EventStreamMessage(ReadOnlySpan<byte> headers, int payloadOffset, ReadOnlySpan<byte> payload)
{
    private const byte StringType = 7;
    private readonly ReadOnlySpan<byte> _headers = headers;

    public int PayloadOffset { get; } = payloadOffset;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>What it is: the event's type, or <c>exception</c> where it tells of an error.</summary>
    /// <exception cref="FormatException">The headers are malformed.</exception>
    public string Type => Header(":message-type"u8) is "exception" or "error" ? "exception" : Header(":event-type"u8) ?? "";

    private string? Header(ReadOnlySpan<byte> wanted)
    {
        for (var rest = _headers; rest.Length > 0;)
        {
            var name = Take(ref rest, Take(ref rest, 1)[0]);
            var type = Take(ref rest, 1)[0];
            var value = Take(ref rest, type switch
            {
                0 or 1 => 0,
                2 => 1,
                3 => 2,
                4 => 4,
                5 or 8 => 8,
                6 or StringType => BinaryPrimitives.ReadUInt16BigEndian(Take(ref rest, 2)),
                9 => 16,
                _ => throw new FormatException($"a header of the unknown type {type}"),
            });
            if (type == StringType && name.SequenceEqual(wanted))
            {
                return Encoding.UTF8.GetString(value);
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        if (count > rest.Length)
        {
            throw new FormatException("the headers of a message end early");
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
