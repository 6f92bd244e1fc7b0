using Tda.Gateway.Capture;

namespace Tda.Gateway.Spool;

/// <summary>Reads a session's spool in order, segment by segment, while it is written or after its gateway died.</summary>
/// <param name="path">The session's folder.</param>
/// <param name="collectPartials">Whether exchanges under way are put together, which only the recovery of a dead session wants.</param>
internal sealed class SpoolReader(string path, bool collectPartials) : IDisposable
{
    private const int BatchCount = 256;
    private const long BatchBytes = 8 << 20;

    private readonly PartialExchanges _partials = new();
    private readonly List<SpoolFault> _faults = [];
    private SegmentReader? _segment;
    private long _lastFrame;

    /// <summary>The session's counters as last spooled; null when none were read yet.</summary>
    public GatewaySession? Session { get; private set; }

    /// <summary>How far the record has been read.</summary>
    public SpoolHead Head { get; private set; } = new(0, null);

    /// <summary>The segment being read; those before it are done.</summary>
    public long Segment => _segment?.Number ?? 0;

    public long BytesRead { get; private set; }

    public IReadOnlyList<SpoolFault> Faults => _faults;

    /// <summary>Reads the next exchanges: a batch of some megabytes; none at the end.</summary>
    /// <param name="limit">Up to where; beyond it the writer may be at work.</param>
    /// <param name="batch">Takes them, also those before an error.</param>
    /// <exception cref="IOException">A segment can't be read.</exception>
    public void Read(SpoolPosition limit, List<SpooledExchange> batch)
    {
        long bytes = 0;
        while (batch.Count < BatchCount && bytes < BatchBytes && (_segment is not null || Next(limit)))
        {
            var end = _segment!.Number == limit.Segment ? limit.Offset : long.MaxValue;
            var start = _segment.Position;
            if (_segment.TryRead(end, _faults, out var frame))
            {
                try
                {
                    if (Take(frame) is { } exchange)
                    {
                        batch.Add(exchange);
                        bytes += exchange.Size;
                    }
                }
                catch
                {
                    // Whatever it is, memory that was short for instance: what was not taken is read again, and its segment is not done.
                    _segment.Position = start;
                    throw;
                }
            }
            else if (!Next(limit))
            {
                return;
            }
        }
    }

    /// <summary>Whether a batch has as much as is stored at a time.</summary>
    public static bool IsFull(List<SpooledExchange> batch) => batch.Count >= BatchCount || batch.Sum(exchange => exchange.Size) >= BatchBytes;

    /// <summary>The exchanges that were never settled, each read when it is asked for; call it once all else is read.</summary>
    /// <exception cref="IOException">A segment can't be read any more.</exception>
    public IEnumerable<SpooledExchange> Unsettled() => _partials.Finish(Head, ReadAgain);

    public void Dispose() => _segment?.Dispose();

    private bool Next(SpoolPosition limit)
    {
        var current = _segment?.Number ?? -1;
        foreach (var number in SpoolDirectory.Segments(path).Where(number => number > current && number <= limit.Segment))
        {
            var file = Path.Combine(path, SpoolDirectory.SegmentName(number));
            try
            {
                var next = new SegmentReader(file);
                _segment?.Dispose();
                _segment = next;
                return true;
            }
            catch (InvalidDataException error)
            {
                // Killed while it made the file: then it is blank. Else the damage is told, and the file is kept.
                _faults.Add(new(file, 0, new FileInfo(file).Length, error.Message, Torn: IsBlank(file)));
            }
        }

        return false;
    }

    private ReadOnlyMemory<byte> ReadAgain(SpoolPosition place)
    {
        if (_segment?.Number != place.Segment)
        {
            var other = new SegmentReader(Path.Combine(path, SpoolDirectory.SegmentName(place.Segment)));
            _segment?.Dispose();
            _segment = other;
        }

        return _segment.ReadAgain(place.Offset);
    }

    private SpooledExchange? Take(SpoolFrame frame)
    {
        if (_lastFrame != 0 && frame.Number > _lastFrame + 1)
        {
            _faults.Add(new(path, 0, 0, $"frames {_lastFrame + 1} to {frame.Number - 1} are missing", Torn: false));
        }

        SpooledExchange? exchange = null;
        try
        {
            exchange = TakePayload(frame);
        }
        catch (Exception error) when (error is InvalidDataException or JsonException)
        {
            _faults.Add(new(path, 0, frame.Payload.Length, $"frame {frame.Number}: {error.Message}", Torn: false));
        }

        _lastFrame = frame.Number;
        BytesRead += FrameHeader.Align(FrameHeader.Size + frame.Payload.Length);
        return exchange;
    }

    private SpooledExchange? TakePayload(SpoolFrame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Exchange:
                var (exchange, arrivals) = ExchangePayload.Read(frame.Payload.Span);
                Head = new(exchange.Sequence!.Value, frame.Payload.Span[..ExchangeChain.Size].ToArray());
                _partials.Settle(exchange.Id);
                return new(exchange, arrivals);
            case FrameType.Open when collectPartials:
                _partials.Open(frame.Payload.Span, new(_segment!.Number, _segment.FrameStart));
                return null;
            case FrameType.Piece when collectPartials:
                _partials.Add(frame.Payload.Span, new(_segment!.Number, _segment.FrameStart), ofRequest: false);
                return null;
            case FrameType.RequestPiece when collectPartials:
                _partials.Add(frame.Payload.Span, new(_segment!.Number, _segment.FrameStart), ofRequest: true);
                return null;
            case FrameType.Session:
                Session = JsonSerializer.Deserialize<GatewaySession>(frame.Payload.Span, JsonDefaults.Options);
                return null;
            default:
                return null;
        }
    }

    private static bool IsBlank(string file)
    {
        using var stream = File.OpenRead(file);
        Span<byte> head = stackalloc byte[SegmentHeader.Size];
        return !head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)].ContainsAnyExcept((byte)0);
    }
}

/// <summary>An exchange as it comes out of the spool, not yet parsed.</summary>
/// <param name="Exchange">What was seen on the wire.</param>
/// <param name="Arrivals">When the pieces of the response came.</param>
internal sealed record SpooledExchange(Exchange Exchange, ArrivalTimes Arrivals)
{
    /// <summary>Bytes of both bodies.</summary>
    public long Size => Exchange.RequestBody.Bytes.LongLength + Exchange.ResponseBody.Bytes.LongLength;
}

/// <summary>A place in a session's spool.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Bytes from its beginning.</param>
internal readonly record struct SpoolPosition(long Segment, long Offset)
{
    /// <summary>Behind all that there is.</summary>
    public static readonly SpoolPosition End = new(long.MaxValue, long.MaxValue);
}

/// <summary>How far a session's record has come.</summary>
/// <param name="Sequence">The last exchange's sequence number; 0 before the first.</param>
/// <param name="Link">The hash chain's link after it; null before the first.</param>
internal sealed record SpoolHead(long Sequence, byte[]? Link)
{
    /// <summary>The link in hex, as files and the store have it.</summary>
    public string? Chain => Sequence == 0 || Link is null ? null : Convert.ToHexStringLower(Link);
}
