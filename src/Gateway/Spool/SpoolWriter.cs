using System.Buffers;
using System.IO.Hashing;

namespace Tda.Gateway.Spool;

/// <summary>
/// Appends frames to a session's segments. One at a time behind a lock: checksum, chain and a write into the page cache take a
/// few microseconds, less than handing the work to another thread and back.
/// </summary>
internal sealed class SpoolWriter : IDisposable
{
    // Up to here a frame is put together and written by one call; larger bodies are written from where they are.
    private const int OneWrite = 256 << 10;

    // Frames that nobody waits for are written when this many bytes have gathered, or with the next that somebody waits for.
    private const int MaxBuffered = 256 << 10;

    private readonly Lock _gate = new();
    private readonly SegmentSupply _supply;
    private readonly List<SegmentFile> _retired = [];
    private readonly ArrayBufferWriter<byte> _buffered = new(MaxBuffered);
    private readonly Crc32 _crc = new();
    private SegmentFile _segment;
    private long _frameNumber;
    private long _bufferedSequence;
    private byte[] _link;
    private SpoolPosition _committed;
    private SpoolHead _head = new(0, null);
    private long _writtenBytes;
    private bool _dirty;

    /// <exception cref="IOException">The first segment can't be created.</exception>
    public SpoolWriter(SegmentSupply supply, string sessionId)
    {
        _supply = supply;
        _segment = supply.Take(0);
        _link = ExchangeChain.Start(sessionId);
        _committed = new(_segment.Header.Number, _segment.Position);
    }

    /// <summary>Up to where a reader may read.</summary>
    public SpoolPosition Committed
    {
        get
        {
            lock (_gate)
            {
                return _committed;
            }
        }
    }

    /// <summary>Bytes of frames that were written.</summary>
    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    /// <summary>The last exchange's sequence number, and the chain's link after it; both as written, not as buffered.</summary>
    public SpoolHead Head => Volatile.Read(ref _head);

    /// <summary>Whether the last attempt to go on to another segment found no space.</summary>
    public bool Full => _supply.Full;

    /// <summary>Appends a settled exchange: it gets the next sequence number and its link.</summary>
    /// <param name="record">The exchange.</param>
    /// <param name="buffered">Whether it may stay in memory for a moment.</param>
    /// <returns>Its sequence number.</returns>
    /// <exception cref="IOException">It could not be written; the spool is as before.</exception>
    public long AppendExchange(ExchangeRecord record, bool buffered)
    {
        lock (_gate)
        {
            var sequence = _bufferedSequence + 1;
            var link = record.Seal(sequence, _link);
            Append(FrameType.Exchange, record.Meta, record.Request.Span, record.Response.Span, buffered);
            (_link, _bufferedSequence) = (link, sequence);
            if (_buffered.WrittenCount == 0)
            {
                PublishHead();
            }

            return sequence;
        }
    }

    /// <summary>Appends any other frame, and returns the number of the segment that holds it.</summary>
    /// <exception cref="IOException">It could not be written; the spool is as before.</exception>
    public long Append(FrameType type, ReadOnlySpan<byte> head, ReadOnlySpan<byte> request = default, ReadOnlySpan<byte> response = default)
    {
        lock (_gate)
        {
            Append(type, head, request, response, buffered: false);
            return _segment.Header.Number;
        }
    }

    /// <exception cref="IOException">It could not be written and stays buffered.</exception>
    public void Flush()
    {
        lock (_gate)
        {
            WriteBuffered();
        }
    }

    /// <summary>Makes all that was written durable, and lets go of the segments that are full.</summary>
    /// <returns>What went wrong, or null.</returns>
    public Exception? Sync()
    {
        SegmentFile current;
        SegmentFile[] retired;
        lock (_gate)
        {
            try
            {
                WriteBuffered();
            }
            catch (IOException unwritten)
            {
                return unwritten;
            }

            if (!_dirty && _retired.Count == 0)
            {
                return null;
            }

            _dirty = false;
            current = _segment;
            retired = [.. _retired];
            _retired.Clear();
        }

        Exception? failure = null;
        foreach (var segment in retired)
        {
            // One that fails must not keep the others from the disk, nor their files open.
            using (segment)
            {
                failure = TrySync(segment) ?? failure;
            }
        }

        if (TrySync(current) is { } error)
        {
            // After a failed sync the kernel may have dropped the pages: syncing the same file again would lie.
            GoOn(current);
            return error;
        }

        return failure;
    }

    public void Dispose()
    {
        Sync();
        lock (_gate)
        {
            _segment.Dispose();
        }

        _supply.Dispose();
    }

    private static Exception? TrySync(SegmentFile segment)
    {
        try
        {
            segment.Sync();
            return null;
        }
        catch (IOException error)
        {
            return error;
        }
        catch (ObjectDisposedException)
        {
            // The writer was closed meanwhile, which syncs too.
            return null;
        }
    }

    private void GoOn(SegmentFile damaged)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_segment, damaged))
            {
                try
                {
                    WriteBuffered();
                    Switch(0);
                }
                catch (IOException)
                {
                    // No space for another: the next append tries again.
                }
            }
        }
    }

    private void Append(FrameType type, ReadOnlySpan<byte> head, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response, bool buffered)
    {
        var length = (long)head.Length + request.Length + response.Length;
        if (length > SegmentReader.MaxPayload)
        {
            throw new IOException(FormattableString.Invariant($"a record of {length} bytes is more than the spool can hold"));
        }

        Span<byte> header = stackalloc byte[FrameHeader.Size];
        var size = FrameHeader.Align(FrameHeader.Size + length);
        if (_segment.Free - _buffered.WrittenCount < size)
        {
            WriteBuffered();
            Switch(size);
        }

        FrameHeader.Write(header, (int)length, type, _frameNumber + 1);
        FrameHeader.Begin(_crc, header, _segment.Header.Salt);
        _crc.Append(head);
        _crc.Append(request);
        _crc.Append(response);
        FrameHeader.WriteCrc(header, _crc.GetCurrentHashAsUInt32());
        if (size <= OneWrite)
        {
            var before = _buffered.WrittenCount;
            Gather(header, head, request, response, (int)size);
            if (!buffered || _buffered.WrittenCount >= MaxBuffered)
            {
                WriteOrTakeBack(before);
            }

            _frameNumber++;
        }
        else
        {
            WriteBuffered();
            WriteParts(header, head, request, response, size);
            _frameNumber++;
        }
    }

    private void Gather(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response, int size)
    {
        var span = _buffered.GetSpan(size);
        header.CopyTo(span);
        head.CopyTo(span[header.Length..]);
        var at = header.Length + head.Length;
        request.CopyTo(span[at..]);
        response.CopyTo(span[(at + request.Length)..]);
        span[(at + request.Length + response.Length)..size].Clear();
        _buffered.Advance(size);
    }

    /// <summary>Writes the buffer; when that fails, the last frame is taken back, and what is older stays.</summary>
    private void WriteOrTakeBack(int before)
    {
        try
        {
            WriteBuffered();
        }
        catch
        {
            var kept = _buffered.WrittenSpan[..before].ToArray();
            _buffered.ResetWrittenCount();
            _buffered.Write(kept);
            throw;
        }
    }

    private void WriteBuffered()
    {
        if (_buffered.WrittenCount == 0)
        {
            return;
        }

        _segment.Write(_buffered.WrittenSpan, 0);
        Commit(_buffered.WrittenCount);
        _buffered.ResetWrittenCount();
        PublishHead();
    }

    private void WriteParts(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response, long size)
    {
        _segment.Write(head, header.Length);
        _segment.Write(request, header.Length + head.Length);
        _segment.Write(response, header.Length + head.Length + request.Length);

        // Last, so that a frame half written has no header that a reader could take for one.
        _segment.Write(header, 0);
        Commit(size);
    }

    private void Commit(long bytes)
    {
        _segment.Advance(bytes);
        Interlocked.Add(ref _writtenBytes, bytes);
        _dirty = true;
        _committed = new(_segment.Header.Number, _segment.Position);
    }

    private void PublishHead() => Volatile.Write(ref _head, new(_bufferedSequence, _link));

    private void Switch(long frame)
    {
        var next = _supply.Take(frame);
        _retired.Add(_segment);
        _segment = next;
        _dirty = true;
        _committed = new(next.Header.Number, next.Position);
    }
}
