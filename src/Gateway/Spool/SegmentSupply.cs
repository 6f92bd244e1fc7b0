namespace Tda.Gateway.Spool;

/// <summary>
/// Makes a session's segments, each before it is needed: reserving 64 MiB takes milliseconds that no client should wait, and
/// a full disk is known while the segment in use still has room for the exchanges under way. Those that the store has taken over are
/// used again.
/// </summary>
internal sealed class SegmentSupply : IDisposable
{
    private readonly SpoolDirectory _directory;
    private readonly int _segmentBytes;
    private readonly SpoolUsage _usage;
    private readonly SpareSegments _spares;
    private readonly Func<bool> _synced;
    private readonly Lock _gate = new();
    private Task _preparing = Task.CompletedTask;
    private bool _wanted;
    private SegmentFile? _next;
    private long _number;
    private volatile string? _shortage;
    private bool _disposed;

    /// <param name="directory">Where segments go.</param>
    /// <param name="segmentBytes">The size of one.</param>
    /// <param name="usage">Counts what they take.</param>
    /// <param name="synced">Whether clients wait for syncs now; null: they don't.</param>
    /// <param name="spares">How many that the store has taken over are kept to be written again.</param>
    public SegmentSupply(SpoolDirectory directory, int segmentBytes, SpoolUsage usage, Func<bool>? synced = null, int spares = 0)
    {
        _directory = directory;
        _segmentBytes = segmentBytes;
        _usage = usage;
        _spares = new(segmentBytes, spares, usage);
        _synced = synced ?? (static () => false);
    }

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
            var size = Math.Max(_segmentBytes, SegmentHeader.Size + frame);
            if (size > _segmentBytes && _next is not null)
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

    /// <summary>Takes back a segment that the store has taken over.</summary>
    /// <param name="number">The segment's.</param>
    /// <param name="keep">Whether it may be written again; else it is deleted.</param>
    /// <exception cref="IOException">It can't be deleted.</exception>
    public void Retire(long number, bool keep)
    {
        _spares.Retire(_directory.SegmentPath(number), keep);
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

    /// <summary>Gives up the segment that was prepared and not used.</summary>
    public void Dispose()
    {
        Task preparing;
        lock (_gate)
        {
            _disposed = true;
            preparing = _preparing;
        }

        preparing.GetAwaiter().GetResult();
        lock (_gate)
        {
            Discard();
        }

        _spares.Close();
    }

    private void Discard()
    {
        if (_next is null)
        {
            return;
        }

        _next.Dispose();
        File.Delete(_next.Path);
        _usage.Remove(_next.Capacity);
        _next = null;
    }

    private void PrepareLater()
    {
        // Not by whether the last task has ended: it may be past its work and not ended yet, and nobody would make this one.
        if (!_wanted && !_disposed)
        {
            _wanted = true;
            _preparing = Task.Run(Prepare);
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
                    _next = Make(_segmentBytes, _synced());
                }
            }
            catch (SpoolFullException)
            {
                // Noted: requests are refused, or pass unrecorded, until there is space again.
            }
        }
    }

    private SegmentFile Make(long size, bool filled)
    {
        // What a spare takes is counted already, here and by the file system.
        var spare = size == _segmentBytes ? _spares.Take() : null;
        if (spare is null)
        {
            Reserve(size);
        }

        try
        {
            var segment = spare is null
                ? SegmentFile.Create(_directory.Path, _directory.Session, _number, size, filled)
                : SegmentFile.Reuse(spare, _directory.Path, _directory.Session, _number);
            _number++;
            _shortage = null;
            return segment;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _usage.Remove(size);
            return _spares.Discard() ? Make(size, filled) : throw Short(error.Message, error);
        }
    }

    /// <summary>Counts space before it is taken; where there is no more, spares give theirs.</summary>
    private void Reserve(long size)
    {
        if (!_usage.TryAdd(size) && !(_spares.Discard() && _usage.TryAdd(size)))
        {
            throw Short($"the spool's limit is reached: {_usage.Bytes} bytes are taken, and {size} more are needed");
        }
    }

    private SpoolFullException Short(string reason, Exception? inner = null)
    {
        _shortage = reason;
        return new(reason, inner);
    }
}

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

/// <summary>The spool can take no more: its limit is reached, or the disk is full.</summary>
internal sealed class SpoolFullException(string message, Exception? inner = null) : IOException(message, inner);
