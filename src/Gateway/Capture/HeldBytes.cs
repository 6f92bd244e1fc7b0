using System.Buffers;
using System.Numerics;

namespace Tda.Gateway.Capture;

/// <summary>
/// Bytes of a body, up to a limit: memory grows with what came, never with what is announced, and is drawn from a budget each time. Used by
/// one caller at a time.
/// </summary>
/// <param name="limit">The most bytes that are kept.</param>
/// <param name="budget">Where memory is drawn from; null where the caller has a turn for it.</param>
internal sealed class HeldBytes(int limit, MemoryBudget? budget) : IDisposable
{
    private const int FirstBuffer = 4096;

    // Larger buffers are left to the collector: a pool would hold as many of them for ever as there once were at a time.
    private const int LargestPooled = 1 << 20;

    private byte[] _buffer = [];
    private int _limit = limit;

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes. They move when more are appended.</summary>
    public Memory<byte> Bytes => _buffer.AsMemory(0, Length);

    /// <summary>Whether bytes were left out since the budget had no more; none is kept after them.</summary>
    public bool RanOut { get; private set; }

    /// <summary>Appends as many of the bytes as may be kept, and returns how many those are.</summary>
    public int Append(ReadOnlySpan<byte> piece)
    {
        var count = Math.Min(piece.Length, _limit - Length);
        if (Length + count > _buffer.Length && !TryGrow((int)Math.Min(_limit, Math.Max(Length + (long)count, 2L * _buffer.Length))))
        {
            RanOut = true;
            _limit = Math.Min(_limit, _buffer.Length);
            count = Math.Min(piece.Length, _limit - Length);
        }

        piece[..count].CopyTo(_buffer.AsSpan(Length));
        Length += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Return();
        Length = _limit = 0;
    }

    private bool TryGrow(int size)
    {
        size = size <= LargestPooled ? (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(FirstBuffer, size)) : size;
        if (budget?.TryHold(size) == false)
        {
            return false;
        }

        var larger = size <= LargestPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);
        Bytes.Span.CopyTo(larger);
        Return();
        _buffer = larger;
        return true;
    }

    private void Return()
    {
        if (_buffer.Length is > 0 and <= LargestPooled)
        {
            // Cleared: a prompt must not surface in another part of the program through the pool.
            Bytes.Span.Clear();
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        budget?.Release(_buffer.Length);
        _buffer = [];
    }
}
