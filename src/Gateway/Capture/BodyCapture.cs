using System.Security.Cryptography;

namespace Tda.Gateway.Capture;

/// <summary>
/// Copies a body as it passes: at most <c>limit</c> bytes are kept, and no more than the budget has memory for, while length and hash are
/// of all. One appends, others may look meanwhile.
/// </summary>
internal sealed class BodyCapture(int limit, MemoryBudget budget) : IDisposable
{
    // A longer body is hashed while it comes, so that its end does not wait for all of it to be hashed.
    private const int HashedAtTheEnd = 1 << 20;

    private readonly Lock _gate = new();
    private readonly HeldBytes _kept = new(limit, budget);
    private IncrementalHash? _hash;

    /// <summary>Bytes that passed.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes kept. They move when more are appended: ask when the body is whole.</summary>
    public Memory<byte> Kept => _kept.Bytes;

    /// <summary>Whether a part of it was left out before it came here, or not unpacked, for want of memory.</summary>
    public bool RanOut { get; set; }

    /// <summary>Copies a piece of the body.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        lock (_gate)
        {
            var keep = _kept.Append(piece);
            Length += piece.Length;
            if (_hash is not null)
            {
                _hash.AppendData(piece);
            }
            else if (Length > HashedAtTheEnd || Length > _kept.Length)
            {
                // All that came is kept but for what was just cut off.
                _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                _hash.AppendData(_kept.Bytes.Span);
                _hash.AppendData(piece[keep..]);
            }
        }
    }

    /// <summary>How many bytes are kept from a place on, while the body may still grow.</summary>
    public int CountFrom(int start)
    {
        lock (_gate)
        {
            return Math.Max(0, _kept.Length - start);
        }
    }

    /// <summary>A copy of the bytes kept from a place on, while the body may still grow.</summary>
    public byte[] CopyFrom(int start)
    {
        lock (_gate)
        {
            return start >= _kept.Length ? [] : _kept.Bytes.Span[start..].ToArray();
        }
    }

    /// <summary>Lower-case hex SHA-256 of all the bytes that passed. Nothing can be appended afterwards.</summary>
    public string Sha256()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (_hash is null)
        {
            Hashing.Sha256(_kept.Bytes.Span, hash);
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
            _kept.Dispose();
        }
    }
}
