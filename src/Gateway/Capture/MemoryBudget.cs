using Tda.Gateway.Redaction;

namespace Tda.Gateway.Capture;

/// <summary>
/// The memory that bodies may take, those of all requests together. Three eighths hold what is captured: beyond it a body is cut. As much is
/// for unpacking and masking what has been captured, in turns where bodies are large; a quarter is for parsing on the way into the store, so
/// that a slow store never makes a client wait. Forwarding takes none of it. Safe for concurrent use.
/// </summary>
internal sealed class MemoryBudget(long bytes)
{
    /// <summary>The least that a budget may be.</summary>
    public const long Least = 16L << 20;

    private const int Small = 16 << 10;

    private readonly Lock _gate = new();
    private readonly Queue<(long Bytes, TaskCompletionSource<MemoryTurn> Granted)> _waiting = new();
    private readonly long _mostHeld = bytes / 8 * 3;
    private readonly long _mostWorking = bytes / 8 * 3;
    private long _held;
    private long _working;
    private long _cut;
    private long _packed;

    /// <summary>Half of what the process may use: of its container's memory, its heap limit or the machine's, whichever is the least.</summary>
    public static long OfThisProcess => Math.Max(Least, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>All of it.</summary>
    public long Bytes => bytes;

    /// <summary>What is taken now by captured bodies, and by those that are being unpacked and masked.</summary>
    public long Used => Interlocked.Read(ref _held) + Interlocked.Read(ref _working);

    /// <summary>What looking into one body may take: a request and its answer fit into one turn.</summary>
    public BodyLimits Limits { get; } = new((int)Math.Min(int.MaxValue, bytes / 16 * 3 / BodyLimits.CostOfByte), bytes / 16 * 3);

    /// <summary>What to tell the person who starts a gateway that can't record as much of a body as it is asked to; null where it can.</summary>
    public string? Told(int mostRecorded) => Limits.LongestContent >= mostRecorded ? null : FormattableString.Invariant(
        $"bodies are recorded up to {Limits.LongestContent >> 10} KiB, not {mostRecorded >> 10}: the memory for them is {bytes >> 20} MiB (max_memory_bytes)");

    /// <summary>What one batch on its way into the store may take; a single exchange may take as much as its bodies.</summary>
    public long MostParsed => bytes / 4;

    /// <summary>Bodies that were cut for want of memory, and packed ones that were kept packed since they unpack to too much.</summary>
    public IReadOnlyDictionary<string, long> Limited => new Dictionary<string, long>
    {
        [ExchangeTags.Cut] = Interlocked.Read(ref _cut),
        [ExchangeTags.Packed] = Interlocked.Read(ref _packed),
    };

    /// <summary>
    /// Takes memory for captured bytes; false when there is no more. <see cref="Release"/> follows. The last eighth is for small bodies, so
    /// that they are recorded whole though others are too large for that.
    /// </summary>
    public bool TryHold(long count)
    {
        var most = count <= Small ? _mostHeld : _mostHeld / 8 * 7;
        var held = Interlocked.Read(ref _held);
        while (held + count <= most)
        {
            // Not added and taken back: what is too much here could meanwhile be so for another.
            var before = held;
            held = Interlocked.CompareExchange(ref _held, held + count, held);
            if (held == before)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives back what <see cref="TryHold"/> took.</summary>
    public void Release(long count) => Interlocked.Add(ref _held, -count);

    /// <summary>
    /// Takes memory for looking into large bodies, once it is there: in the order of asking. Whoever has a turn waits for nobody, so
    /// that every turn comes.
    /// </summary>
    public ValueTask<MemoryTurn> TurnAsync(long count)
    {
        count = Math.Min(count, _mostWorking);
        lock (_gate)
        {
            if (TryTurn(count) is { } turn)
            {
                return new(turn);
            }

            var granted = new TaskCompletionSource<MemoryTurn>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((count, granted));
            return new(granted.Task);
        }
    }

    /// <summary>As <see cref="TurnAsync"/>, but null where that would wait.</summary>
    public MemoryTurn? TryTurn(long count)
    {
        count = Math.Min(count, _mostWorking);
        lock (_gate)
        {
            if (_waiting.Count > 0 || _working + count > _mostWorking)
            {
                return null;
            }

            _working += count;
            return new(this, count);
        }
    }

    /// <summary>Counts a body that is not recorded whole, or that nothing looked into.</summary>
    public void Count(bool cut, bool packed)
    {
        Interlocked.Add(ref _cut, cut ? 1 : 0);
        Interlocked.Add(ref _packed, packed ? 1 : 0);
    }

    /// <summary>Ends a turn, or a part of it.</summary>
    internal void Return(long count)
    {
        lock (_gate)
        {
            _working -= count;
            while (_waiting.TryPeek(out var next) && _working + next.Bytes <= _mostWorking)
            {
                _waiting.Dequeue();
                _working += next.Bytes;
                next.Granted.SetResult(new(this, next.Bytes));
            }
        }
    }
}

/// <summary>Memory for looking into large bodies, until it is disposed.</summary>
internal sealed class MemoryTurn(MemoryBudget budget, long bytes) : IDisposable
{
    private long _bytes = bytes;

    /// <summary>Gives back what turned out not to be needed.</summary>
    public void GiveBack(long count)
    {
        count = Math.Clamp(count, 0, _bytes);
        _bytes -= count;
        budget.Return(count);
    }

    public void Dispose() => GiveBack(_bytes);
}

/// <summary>Memory beside captured bytes, until it is disposed.</summary>
internal sealed class MemoryHold(MemoryBudget budget, long bytes) : IDisposable
{
    private bool _held;

    /// <summary>Takes it; false where there is no more.</summary>
    public bool TryTake() => _held = budget.TryHold(bytes);

    public void Dispose()
    {
        if (_held)
        {
            _held = false;
            budget.Release(bytes);
        }
    }
}
