namespace Tda.Gateway.Spool;

/// <summary>
/// Makes a session's segments, each before it is needed: reserving 64 MiB takes milliseconds that no client should wait, and
/// a full disk is known while the segment in use still has room for the exchanges under way. A few that the store has taken over are
/// blanked and written again: in a new file each page has to be found and cleared and each block entered into the file system (figures in
/// docs/decisions/0012-spool.md).
/// </summary>
/// <param name="directory">Where segments go.</param>
/// <param name="segmentBytes">The size of one.</param>
/// <param name="usage">Counts what they take.</param>
/// <param name="synced">Whether clients wait for syncs now; null: they don't.</param>
internal sealed class SegmentSupply(SpoolDirectory directory, int segmentBytes, SpoolUsage usage, Func<bool>? synced = null) : IDisposable
{
    private const int MostSpares = 8;
    private const string SpareExtension = ".spare";

    private readonly Lock _gate = new();
    private readonly Stack<string> _spares = [];
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

    /// <summary>Takes back a segment that the store has taken over: to be written again, or it is deleted.</summary>
    /// <exception cref="IOException">It can't be deleted.</exception>
    public void Retire(long number)
    {
        var path = directory.SegmentPath(number);
        var size = new FileInfo(path).Length;
        var kept = false;
        if (size == segmentBytes && WantsSpare())
        {
            // Under its new name no reader finds it any more.
            var spare = Path.ChangeExtension(path, SpareExtension);
            File.Move(path, spare);
            path = spare;
            kept = SegmentFile.TryBlank(spare) && TryKeep(spare);
        }

        if (!kept)
        {
            Delete(path, size);
        }

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
            DiscardSpares();
        }
    }

    private void Discard()
    {
        if (_next is not null)
        {
            _next.Dispose();
            Delete(_next.Path, _next.Capacity);
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

    private bool WantsSpare()
    {
        lock (_gate)
        {
            return !_disposed && !Full && _spares.Count < MostSpares;
        }
    }

    private bool TryKeep(string spare)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return false;
            }

            _spares.Push(spare);
            return true;
        }
    }

    private bool DiscardSpares()
    {
        var any = _spares.Count > 0;
        while (_spares.TryPop(out var spare))
        {
            Delete(spare, segmentBytes);
        }

        return any;
    }

    private void Delete(string path, long size)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        usage.Remove(size);
    }

    private SegmentFile Make(long size, bool filled)
    {
        // What a spare takes is counted already, and taken.
        var spare = size == segmentBytes && _spares.TryPop(out var one) ? one : null;

        // Space is counted before it is taken; where there is no more, spares give theirs.
        if (spare is null && !usage.TryAdd(size) && !(DiscardSpares() && usage.TryAdd(size)))
        {
            throw Short(FormattableString.Invariant($"the spool's limit is reached: {usage.Bytes} bytes are taken, and {size} more are needed"));
        }

        try
        {
            var segment = spare is null
                ? SegmentFile.Create(directory.Path, directory.Session, _number, size, filled)
                : SegmentFile.Reuse(spare, directory.Path, directory.Session, _number);
            _number++;
            _shortage = null;
            return segment;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            usage.Remove(size);
            return spare is null && DiscardSpares() ? Make(size, filled) : throw Short(error.Message, error);
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
