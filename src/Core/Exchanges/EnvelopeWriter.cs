using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tda.Core.Exchanges;

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
        if (tags.Count == 0)
        {
            return;
        }

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
