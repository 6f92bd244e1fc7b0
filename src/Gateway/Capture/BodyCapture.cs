using System.Buffers;
using System.Security.Cryptography;

namespace Tda.Gateway.Capture;

/// <summary>
/// Copies a body as it passes: at most <c>limit</c> bytes are kept, while length and hash are of all. Memory grows with
/// what came, never with what is announced, up to the limit, from a shared pool. One appends, others may look meanwhile.
/// </summary>
internal sealed class BodyCapture(int limit) : IDisposable
{
    private const int FirstBuffer = 4096;

    // A longer body is hashed while it comes, so that its end does not wait for all of it to be hashed.
    private const int HashedAtTheEnd = 1 << 20;

    private readonly Lock _gate = new();
    private IncrementalHash? _hash;
    private byte[] _buffer = [];
    private int _kept;

    /// <summary>Bytes that passed.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes kept. They move when more are appended: ask when the body is whole.</summary>
    public Memory<byte> Kept => _buffer.AsMemory(0, _kept);

    /// <summary>Copies a piece of the body.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        lock (_gate)
        {
            var keep = Math.Min(piece.Length, limit - _kept);
            if (keep > 0)
            {
                if (_kept + keep > _buffer.Length)
                {
                    Grow((int)Math.Min(limit, Math.Max(_kept + (long)keep, 2L * _buffer.Length)));
                }

                piece[..keep].CopyTo(_buffer.AsSpan(_kept));
                _kept += keep;
            }

            Length += piece.Length;
            if (_hash is not null)
            {
                _hash.AppendData(piece);
            }
            else if (Length > HashedAtTheEnd || Length > _kept)
            {
                // All that came is in the buffer but for what was just cut off.
                _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                _hash.AppendData(_buffer, 0, _kept);
                _hash.AppendData(piece[keep..]);
            }
        }
    }

    /// <summary>A copy of the bytes kept from a place on, while the body may still grow.</summary>
    public byte[] CopyFrom(int start)
    {
        lock (_gate)
        {
            return start >= _kept ? [] : _buffer.AsSpan(start, _kept - start).ToArray();
        }
    }

    /// <summary>Lower-case hex SHA-256 of all the bytes that passed. Nothing can be appended afterwards.</summary>
    public string Sha256()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (_hash is null)
        {
            SHA256.HashData(_buffer.AsSpan(0, _kept), hash);
        }
        else
        {
            _hash.GetHashAndReset(hash);
        }

        return Convert.ToHexStringLower(hash);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hash?.Dispose();
        lock (_gate)
        {
            Return();
            _kept = 0;
        }
    }

    private void Grow(int size)
    {
        if (size <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBuffer, size));
        _buffer.AsSpan(0, _kept).CopyTo(larger);
        Return();
        _buffer = larger;
    }

    private void Return()
    {
        if (_buffer.Length > 0)
        {
            // Cleared: a prompt must not surface in another part of the program through the pool.
            _buffer.AsSpan(0, _kept).Clear();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }
}
