namespace Tda.Gateway.Spool;

/// <summary>
/// Segments that the store has taken over, blank and ready to be written again. Writing into a new file takes two to three times as
/// long: each page has to be found and cleared, each block to be entered into the file system. Safe for concurrent use.
/// </summary>
/// <param name="segmentBytes">The size of one; others are not kept.</param>
/// <param name="most">How many are kept.</param>
/// <param name="usage">Counts what they take, as long as they are there.</param>
internal sealed class SpareSegments(int segmentBytes, int most, SpoolUsage usage)
{
    private readonly Lock _gate = new();
    private readonly Stack<string> _blank = [];
    private bool _closed;

    /// <summary>Keeps a segment that nobody needs any more, beside where it was, or deletes it.</summary>
    /// <param name="segment">The file.</param>
    /// <param name="keep">Whether another will be wanted.</param>
    /// <exception cref="IOException">It can't be deleted.</exception>
    public void Retire(string segment, bool keep)
    {
        var size = new FileInfo(segment).Length;
        if (!keep || !Wanted(size))
        {
            Delete(segment, size);
            return;
        }

        // Under its new name no reader finds it any more.
        var blank = Path.ChangeExtension(segment, SpoolDirectory.SpareExtension);
        File.Move(segment, blank);
        if (!SegmentFile.TryBlank(blank) || !TryKeep(blank))
        {
            Delete(blank, size);
        }
    }

    /// <summary>One that is ready, or null.</summary>
    public string? Take()
    {
        lock (_gate)
        {
            return _blank.TryPop(out var path) ? path : null;
        }
    }

    /// <summary>Gives back the space of all.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Discard()
    {
        var any = false;
        while (Take() is { } path)
        {
            Delete(path, segmentBytes);
            any = true;
        }

        return any;
    }

    /// <summary>Gives back the space of all, and keeps none from here on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }

        Discard();
    }

    private bool Wanted(long size)
    {
        lock (_gate)
        {
            return !_closed && size == segmentBytes && _blank.Count < most;
        }
    }

    private bool TryKeep(string path)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _blank.Push(path);
            return true;
        }
    }

    private void Delete(string path, long size)
    {
        File.Delete(path);
        usage.Remove(size);
    }
}
