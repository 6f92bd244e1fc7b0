using System.Buffers;
using System.Security.Cryptography;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Capture;

/// <summary>
/// Copies a body as it passes: at most <c>limit</c> bytes are kept, while length and hash are of all. Memory grows with
/// what came, up to the limit, from a shared pool. Not safe for concurrent use.
/// </summary>
internal sealed class BodyCapture(int limit) : IDisposable
{
    private const int FirstBuffer = 4096;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = [];
    private int _kept;

    /// <summary>Bytes that passed.</summary>
    public long Length { get; private set; }

    /// <summary>Copies a piece of the body.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        _hash.AppendData(piece);
        Length += piece.Length;
        var keep = Math.Min(piece.Length, limit - _kept);
        if (keep == 0)
        {
            return;
        }

        Grow(_kept + keep);
        piece[..keep].CopyTo(_buffer.AsSpan(_kept));
        _kept += keep;
    }

    /// <summary>The body so far. The capture can't be appended to afterwards.</summary>
    public RecordedBody ToBody() => new(_buffer.AsSpan(0, _kept).ToArray(), Length, Convert.ToHexStringLower(_hash.GetHashAndReset()));

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash.Dispose();
        Return();
    }

    private void Grow(int needed)
    {
        if (needed <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(limit, Math.Max(FirstBuffer, Math.Max(needed, 2L * _buffer.Length))));
        _buffer.AsSpan(0, _kept).CopyTo(larger);
        Return();
        _buffer = larger;
    }

    private void Return()
    {
        if (_buffer.Length > 0)
        {
            // Cleared: a prompt must not surface in another part of the program through the pool.
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = [];
        }
    }
}
