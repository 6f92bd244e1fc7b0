using System.Buffers;
using System.Buffers.Binary;
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

        // The members stand, and so are read, in the layout's order.
        var exchange = new Exchange
        {
            Id = reader.Text() ?? throw new InvalidDataException("the envelope has no id"),
            SessionId = reader.Text(),
            Sequence = reader.Number(),
            Route = reader.Text() ?? "",
            Method = reader.Text() ?? "",
            Path = reader.Text() ?? "",
            StartedAt = ExchangeTime.FromMicroseconds(reader.Number()),
            Status = reader.Number() is var status and >= 0 ? (int)status : null,
            State = reader.State(out var state),
            WireState = state,
            Failure = reader.Text(),
            Streamed = reader.Byte() != 0,
            TotalMs = BitConverter.Int64BitsToDouble(reader.Number()),
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

/// <summary>Writes the parts of an <see cref="ExchangeEnvelope"/>.</summary>
internal ref struct EnvelopeWriter(IBufferWriter<byte> output)
{
    private Span<byte> _span;
    private int _used;

    public void Byte(byte value)
    {
        Ensure(1);
        _span[_used++] = value;
    }

    public void Number(long value)
    {
        Ensure(sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(_span[_used..], value);
        _used += sizeof(long);
    }

    /// <summary>A string behind its length in bytes; -1 stands for null.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Count(-1);
            return;
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        Ensure(sizeof(int) + most);
        var written = Encoding.UTF8.GetBytes(value, _span[(_used + sizeof(int))..]);
        BinaryPrimitives.WriteInt32LittleEndian(_span[_used..], written);
        _used += sizeof(int) + written;
    }

    /// <summary>Tags by name, so that the bytes don't depend on a dictionary's order.</summary>
    public void Tags(IReadOnlyDictionary<string, string> tags)
    {
        Count(tags.Count);
        foreach (var (name, value) in tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            Text(name);
            Text(value);
        }
    }

    public void Headers(IReadOnlyList<HeaderField> headers)
    {
        Count(headers.Count);
        for (var i = 0; i < headers.Count; i++)
        {
            Text(headers[i].Name);
            Text(headers[i].Value);
        }
    }

    public void Body(RecordedBody body)
    {
        Number(body.Length);
        Number(body.KeptBytes);
        Text(body.Sha256);
        Count(body.Redactions);
        Byte(body.Unpacked ? (byte)1 : (byte)0);
    }

    /// <summary>Hands over what was written; call it last.</summary>
    public void Flush()
    {
        output.Advance(_used);
        _span = default;
        _used = 0;
    }

    private void Count(int value)
    {
        Ensure(sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(_span[_used..], value);
        _used += sizeof(int);
    }

    private void Ensure(int bytes)
    {
        if (_span.Length - _used < bytes)
        {
            output.Advance(_used);
            _used = 0;
            _span = output.GetSpan(Math.Max(bytes, 1024));
        }
    }
}

/// <summary>Reads the parts of an <see cref="ExchangeEnvelope"/>; whatever the bytes are, the worst is an <see cref="InvalidDataException"/>.</summary>
internal ref struct EnvelopeReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Take(1)[0];

    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public string? Text()
    {
        var length = Count();
        return length == -1 ? null : Encoding.UTF8.GetString(Take(length));
    }

    public TerminalState State(out TerminalState state) =>
        TerminalStates.TryParse(Text(), out state) ? state : throw new InvalidDataException("the envelope has an unknown state");

    public Dictionary<string, string> Tags()
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = Count(); left > 0; left--)
        {
            tags[Text() ?? ""] = Text() ?? "";
        }

        return tags;
    }

    public List<HeaderField> Headers()
    {
        var headers = new List<HeaderField>();
        for (var left = Count(); left > 0; left--)
        {
            headers.Add(new(Text() ?? "", Text() ?? ""));
        }

        return headers;
    }

    /// <summary>A body without its bytes.</summary>
    public RecordedBody Body()
    {
        var length = Number();
        var kept = Number();
        if (kept < 0 || kept > Array.MaxLength)
        {
            throw new InvalidDataException($"the envelope tells of a body of {kept} bytes");
        }

        var sha256 = Text() ?? "";
        return new([], length, sha256) { KeptBytes = kept, Redactions = Count(), Unpacked = Byte() != 0 };
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw new InvalidDataException($"the envelope has {_rest.Length} bytes too many");
        }
    }

    private int Count() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new InvalidDataException("the envelope ends early");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
