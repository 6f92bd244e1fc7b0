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
    private readonly ArrayBufferWriter<byte> _event = new();
    private readonly ExchangeCapture _capture;
    private readonly TimeProvider _time;
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
        var (client, upstream) = WebSocketInflater.Agreed(extensions, limit);
        _client = new(new(client is not null, limit), client, capture.Request);
        _upstream = new(new(upstream is not null, limit), upstream, capture.Response);
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
        _client.Inflater?.Dispose();
        _upstream.Inflater?.Dispose();
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

        lock (_gate)
        {
            _event.ResetWrittenCount();
            WebSocketLog.Append(_event, ++_messages, _time.GetElapsedTime(_capture.Start).TotalMilliseconds, one);
            direction.Body.Append(_event.WrittenSpan);
        }

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

    /// <summary>What ended the connection.</summary>
    /// <param name="ByClient">Whether it was the client.</param>
    /// <param name="Code">The close's code; 0 when it has none.</param>
    /// <param name="Closed">Whether it was a close; else the client just went.</param>
    private sealed record WebSocketEnd(bool ByClient, int? Code, bool Closed);
}
