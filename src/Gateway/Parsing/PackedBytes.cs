using Tda.Core.Artifacts;

namespace Tda.Gateway.Parsing;

/// <summary>
/// Packed bytes for a decompressing stream, which notes whether it was asked for more than there are. The framework's streams
/// say nothing of data that end early; but one that has found its end asks for no more.
/// </summary>
internal sealed class PackedBytes(byte[] bytes) : ReadOnlyStream
{
    private int _position;

    /// <summary>Whether bytes were missing.</summary>
    public bool AskedBeyondEnd { get; private set; }

    public override long Length => bytes.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, bytes.Length - _position);
        AskedBeyondEnd |= count == 0 && !buffer.IsEmpty;
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
