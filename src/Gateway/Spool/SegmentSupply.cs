namespace Tda.Gateway.Spool;

/// <summary>
/// Makes a session's segments, each before it is needed: reserving 64 MiB takes milliseconds that no client should wait, and
/// a full disk is known while the segment in use still has room for the exchanges under way.
/// </summary>
/// <param name="directory">Where segments go.</param>
/// <param name="segmentBytes">The size of one.</param>
/// <param name="usage">Counts what they take.</param>
/// <param name="synced">Whether clients wait for syncs now; null: they don't.</param>
internal sealed class SegmentSupply(SpoolDirectory directory, int segmentBytes, SpoolUsage usage, Func<bool>? synced = null) : IDisposable
{
    private readonly Lock _gate = new();
    private bool _wanted;
    private SegmentFile? _next;
    private long _number;
    private volatile string? _shortage;
    private bool _disposed;

    /// <summary>Whether there is no space for another segment.</summary>
    public bool Full => _shortage is not null;

    /// <summary>Why there is none; null when there is.</summary>
    public string? Shortage => _shortage;

    /// <summary>The next segment, with room for a frame of some size.</summary>
    /// <exception cref="SpoolFullException">There is no space for it.</exception>
    public SegmentFile Take(long frame)
    {
        lock (_gate)
        {
            var size = Math.Max(segmentBytes, SegmentHeader.Size + frame);
            if (size > segmentBytes)
            {
                // Numbers must ascend in the order of use: the one prepared would come too early.
                Discard();
            }

            var taken = _next ?? Make(size, filled: false);
            _next = null;
            PrepareLater();
            return taken;
        }
    }

    /// <summary>Deletes a segment that the store has taken over.</summary>
    /// <exception cref="IOException">It can't be deleted.</exception>
    public void Retire(long number)
    {
        var path = directory.SegmentPath(number);
        var size = new FileInfo(path).Length;
        File.Delete(path);
        usage.Remove(size);
        Retry();
    }

    /// <summary>Tries again to get the next segment, when the last try found no space.</summary>
    public void Retry()
    {
        lock (_gate)
        {
            if (Full)
            {
                PrepareLater();
            }
        }
    }

    /// <summary>Gives up the segment that was prepared and not used. One that is being made is waited for, by the lock.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Discard();
        }
    }

    private void Discard()
    {
        if (_next is not null)
        {
            _next.Dispose();
            File.Delete(_next.Path);
            usage.Remove(_next.Capacity);
            _next = null;
        }
    }

    private void PrepareLater()
    {
        if (!_wanted && !_disposed)
        {
            _wanted = true;
            ThreadPool.UnsafeQueueUserWorkItem(static supply => supply.Prepare(), this, preferLocal: false);
        }
    }

    private void Prepare()
    {
        lock (_gate)
        {
            _wanted = false;
            try
            {
                if (_next is null && !_disposed)
                {
                    _next = Make(segmentBytes, synced?.Invoke() ?? false);
                }
            }
            catch (SpoolFullException)
            {
                // Noted: requests are refused, or pass unrecorded, until there is space again.
            }
            catch (Exception error)
            {
                // Whatever it is, it must not end the process: it is a shortage like others.
                _shortage = error.Message;
            }
        }
    }

    private SegmentFile Make(long size, bool filled)
    {
        // Space is counted before it is taken.
        if (!usage.TryAdd(size))
        {
            throw Short(FormattableString.Invariant($"the spool's limit is reached: {usage.Bytes} bytes are taken, and {size} more are needed"));
        }

        try
        {
            var segment = SegmentFile.Create(directory.Path, directory.Session, _number, size, filled);
            _number++;
            _shortage = null;
            return segment;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            usage.Remove(size);
            throw Short(error.Message, error);
        }
    }

    private SpoolFullException Short(string reason, Exception? inner = null)
    {
        _shortage = reason;
        return new(reason, inner);
    }
}

/// <summary>The bytes that a home's spool takes on the disk, held against its limit. Safe for concurrent use.</summary>
/// <param name="limit">The limit, asked for each time, since a changed configuration may move it; 0 for none.</param>
internal sealed class SpoolUsage(Func<long> limit)
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes space, if the limit leaves it.</summary>
    public bool TryAdd(long bytes)
    {
        var maxBytes = limit();
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

/// <summary>The spool can take no more: its limit is reached, or the disk is full.</summary>
internal sealed class SpoolFullException(string message, Exception? inner = null) : IOException(message, inner);
