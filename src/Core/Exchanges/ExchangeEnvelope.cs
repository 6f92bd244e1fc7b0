using System.Buffers;
using System.Security.Cryptography;

namespace Tda.Core.Exchanges;

/// <summary>
/// The canonical bytes of what was seen on the wire: everything of an exchange but its bodies, which stand for themselves
/// by length and hash, and but what was parsed out of them. The spool writes it, the hash chain is over it, and the
/// verifier rebuilds it from the store.
/// </summary>
/// <remarks>Keep in sync with docs/formats.md, Spool. Integers are little-endian; strings are UTF-8 behind their length.</remarks>
public static class ExchangeEnvelope
{
    /// <summary>The layout's version, its first byte.</summary>
    public const byte Version = 1;

    /// <summary>Writes the envelope.</summary>
    /// <exception cref="ArgumentException">The exchange has no session or no sequence.</exception>
    public static void Write(Exchange exchange, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(output);
        if (exchange.SessionId is null || exchange.Sequence is null)
        {
            throw new ArgumentException("an exchange without session and sequence has no envelope", nameof(exchange));
        }

        var writer = new EnvelopeWriter(output);
        writer.Byte(Version);
        writer.Text(exchange.Id);
        writer.Text(exchange.SessionId);
        writer.Number(exchange.Sequence.Value);
        writer.Text(exchange.Route);
        writer.Text(exchange.Method);
        writer.Text(exchange.Path);
        writer.Number(ExchangeTime.ToMicroseconds(exchange.StartedAt));
        writer.Number(exchange.Status ?? -1);
        writer.Text(exchange.WireState.Name());
        writer.Text(exchange.WireState == TerminalState.Complete ? null : exchange.Failure);
        writer.Byte(exchange.Streamed ? (byte)1 : (byte)0);
        writer.Number(BitConverter.DoubleToInt64Bits(exchange.TotalMs));
        writer.Text(exchange.Client);
        writer.Tags(exchange.Tags);
        writer.Headers(exchange.RequestHeaders);
        writer.Headers(exchange.ResponseHeaders);
        writer.Body(exchange.RequestBody);
        writer.Body(exchange.ResponseBody);
        writer.Flush();
    }

    /// <summary>Reads an envelope; the bodies have their length and hash, and no bytes.</summary>
    /// <exception cref="InvalidDataException">The bytes are no envelope, or one of a newer version.</exception>
    public static Exchange Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new EnvelopeReader(bytes);
        var version = reader.Byte();
        if (version != Version)
        {
            throw new InvalidDataException($"the envelope has version {version}, and this program knows version {Version}");
        }

        var id = reader.Text() ?? throw new InvalidDataException("the envelope has no id");
        var session = reader.Text();
        var sequence = reader.Number();
        var route = reader.Text() ?? "";
        var method = reader.Text() ?? "";
        var path = reader.Text() ?? "";
        var startedAt = ExchangeTime.FromMicroseconds(reader.Number());
        var status = reader.Number();
        var state = reader.State();
        var failure = reader.Text();
        var streamed = reader.Byte() != 0;
        var totalMs = BitConverter.Int64BitsToDouble(reader.Number());
        var exchange = new Exchange
        {
            Id = id,
            SessionId = session,
            Sequence = sequence,
            Route = route,
            Method = method,
            Path = path,
            StartedAt = startedAt,
            Status = status < 0 ? null : (int)status,
            State = state,
            WireState = state,
            Failure = failure,
            Streamed = streamed,
            TotalMs = totalMs,
            Client = reader.Text(),
            Tags = reader.Tags(),
            RequestHeaders = reader.Headers(),
            ResponseHeaders = reader.Headers(),
            RequestBody = reader.Body(),
            ResponseBody = reader.Body(),
        };
        reader.End();
        return exchange;
    }

    /// <summary>The digest of an exchange: SHA-256 of its envelope.</summary>
    public static byte[] Digest(Exchange exchange)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        Write(exchange, bytes);
        return SHA256.HashData(bytes.WrittenSpan);
    }
}
