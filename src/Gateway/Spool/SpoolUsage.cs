namespace Tda.Gateway.Spool;

/// <summary>The bytes that a home's spool takes on the disk, held against its limit. Safe for concurrent use.</summary>
internal sealed class SpoolUsage(long maxBytes)
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes space, if the limit leaves it.</summary>
    public bool TryAdd(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= maxBytes || maxBytes == 0)
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Counts space that is taken already, limit or not.</summary>
    public void Count(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Remove(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
