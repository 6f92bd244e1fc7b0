using System.Buffers;
using Tda.Gateway.Capture;
using Tda.Gateway.Protocols.OpenAI;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// Notes the messages of a connection, both ways, and how it ended. Each direction is fed by one caller at a time; the two may come at once.
/// </summary>
internal sealed class WebSocketCapture : IDisposable
{
    // Codes of a close that say that something was wrong (RFC 6455, 7.4.1). 1005 is never sent; from 3000 on they are the applications' own.
    private const int FirstFault = 1002;
    private const int LastFault = 2999;

    private readonly Lock _gate = new();
    private readonly EventWriter _event = new();
    private readonly ExchangeCapture _capture;
    private readonly TimeProvider _time;
    private readonly int _limit;
    private readonly OneWay _client;
    private readonly OneWay _upstream;
    private long _messages;
    private WebSocketEnd? _end;
    private bool _notKept;

    /// <param name="capture">Takes the messages.</param>
    /// <param name="extensions">The answer's Sec-WebSocket-Extensions.</param>
    /// <param name="limit">The most bytes of a message that are kept.</param>
    /// <param name="time">The clock.</param>
    public WebSocketCapture(ExchangeCapture capture, string? extensions, int limit, TimeProvider time)
    {
        _capture = capture;
        _time = time;
        _limit = limit;
        var budget = capture.Memory;
        limit = Math.Min(limit, budget.Limits.LongestContent);
        var (client, upstream) = WebSocketInflater.Agreed(extensions, limit, budget);
        _client = new(new(client is not null, limit, budget), client, capture.Request);
        _upstream = new(new(upstream is not null, limit, budget), upstream, capture.Response);
    }

    /// <summary>Takes bytes that the client sent.</summary>
    public void FromClient(ReadOnlySpan<byte> piece) => Take(_client, piece);

    /// <summary>Takes bytes that the upstream sent, and says whether the client may take something in them for an end.</summary>
    public bool FromUpstream(ReadOnlySpan<byte> piece) => Take(_upstream, piece);

    /// <summary>The client's side of the connection is over, without a close or after one.</summary>
    public void ClientGone() => End(new(ByClient: true, Code: null, Closed: false));

    /// <summary>The log did not take what an end would have promised, so that the end does not go on.</summary>
    public void NotKept() => _notKept = true;

    /// <summary>The connection is over: notes what had come of a message.</summary>
    public void Finish()
    {
        foreach (var direction in (OneWay[])[_client, _upstream])
        {
            while (direction.Reader.TryComplete(out var one))
            {
                Note(direction, one);
            }
        }
    }

    /// <summary>How it ended: what came first of a close by either side and the client's going, else what the forwarder says.</summary>
    public ForwardOutcome Outcome(ForwardOutcome forwarded)
    {
        lock (_gate)
        {
            return _end switch
            {
                _ when _notKept => ForwardOutcome.NotKept,
                { Closed: true, Code: >= FirstFault and <= LastFault and var code, ByClient: var byClient } => new(
                    byClient ? TerminalState.ClientAbort : TerminalState.UpstreamAbort,
                    string.Create(CultureInfo.InvariantCulture, $"the {(byClient ? "client" : "upstream")} closed the connection with code {code}")),
                { Closed: true } => new(TerminalState.Complete, null),
                { } when forwarded.State != TerminalState.ClientAbort => ForwardOutcome.ClientLeft,
                null when forwarded.State == TerminalState.Complete => ForwardOutcome.UpstreamLeft,
                _ => forwarded,
            };
        }
    }

    public void Dispose()
    {
        foreach (var direction in (OneWay[])[_client, _upstream])
        {
            direction.Reader.Dispose();
            direction.Inflater?.Dispose();
        }
    }

    private bool Take(OneWay direction, ReadOnlySpan<byte> piece)
    {
        var ends = false;
        while (direction.Reader.TryRead(ref piece, out var one))
        {
            ends |= Note(direction, one);
        }

        return ends;
    }

    /// <summary>Notes a message; true when it is an end: a close, or the last event of an answer.</summary>
    private bool Note(OneWay direction, WebSocketFrames one)
    {
        if (one is { Packed: true, Cut: false } && direction.Inflater!.TryInflate(one.Payload, out var plain))
        {
            one = new(one.Kind, plain, plain.Length, packed: false, cut: false);
        }
        else if (one.Packed)
        {
            direction.Inflater!.Lose();
        }

        // Not cut at the limit that the configuration sets, nor by the connection's end.
        if ((one.Cut && one.Payload.Length < Math.Min(one.Length, _limit)) || direction.Inflater is { RanOut: true })
        {
            direction.Body.RanOut = true;
        }

        lock (_gate)
        {
            _event.Body = direction.Body;
            WebSocketLog.Append(_event, ++_messages, _time.GetElapsedTime(_capture.Start).TotalMilliseconds, one);
            _event.Flush();
        }

        var ends = Ends(direction, one);
        direction.Inflater?.Clear();
        return ends;
    }

    private bool Ends(OneWay direction, WebSocketFrames one)
    {
        if (one is { Kind: WebSocketKind.Close, Cut: false })
        {
            WebSocketLog.TryReadClose(one.Payload, out var code, out _);
            End(new(direction == _client, code, Closed: true));
            return true;
        }

        return one is { Packed: false, Cut: false } && direction == _upstream && RealtimeParser.EndsAnswer(one.Payload);
    }

    private void End(WebSocketEnd end)
    {
        lock (_gate)
        {
            _end ??= end;
        }
    }

    private sealed record OneWay(WebSocketFrameReader Reader, WebSocketInflater? Inflater, BodyCapture Body);

    /// <summary>Hands an event on to a body some bytes at a time, so that a long one takes no memory of its own.</summary>
    private sealed class EventWriter : IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[4 << 10];
        private int _count;

        public BodyCapture? Body { get; set; }

        public void Advance(int count) => _count += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_buffer.Length - _count < Math.Max(1, sizeHint))
            {
                Flush();
            }

            return _buffer.AsMemory(_count);
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public void Flush()
        {
            Body!.Append(_buffer.AsSpan(0, _count));
            _count = 0;
        }
    }

    /// <summary>What ended the connection.</summary>
    /// <param name="ByClient">Whether it was the client.</param>
    /// <param name="Code">The close's code; 0 when it has none.</param>
    /// <param name="Closed">Whether it was a close; else the client just went.</param>
    private sealed record WebSocketEnd(bool ByClient, int? Code, bool Closed);
}
