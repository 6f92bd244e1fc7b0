using System.Buffers.Binary;
using System.Text;

namespace Tda.Core.Exchanges;

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

    public TerminalState State() =>
        Text() is { } name && TerminalStates.TryParse(name, out var state) ? state : throw new InvalidDataException("the envelope has an unknown state");

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
