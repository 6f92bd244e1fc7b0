namespace Tda.Gateway.Parsing.Sse;

/// <summary>Bytes that grow. Clearing it keeps the bytes readable until the next append.</summary>
internal sealed class ByteBuffer
{
    private const int First = 512;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (_length + bytes.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(First, Math.Max(_length + bytes.Length, 2 * _bytes.Length)));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Clear() => _length = 0;
}
