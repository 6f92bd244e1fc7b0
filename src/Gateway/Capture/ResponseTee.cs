using Microsoft.AspNetCore.Http;

namespace Tda.Gateway.Capture;

/// <summary>
/// The response's body on its way to the client. Each piece is written to the client first and copied afterwards; only
/// the end of the answer is held, if asked for, until <see cref="ReleaseAsync"/>, which the log's write precedes.
/// </summary>
internal sealed class ResponseTee : Stream
{
    // An upstream that has said [DONE] and keeps the connection open must not keep the client waiting for it.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(500);

    private readonly HttpResponse _response;
    private readonly Stream _client;
    private readonly BodyCapture _capture;
    private readonly ArrivalTimes _arrivals;
    private readonly bool _holdEnd;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly MemoryStream _held = new();
    private ITimer? _timer;
    private volatile bool _ended;
    private EndDetector? _end;

    public ResponseTee(HttpResponse response, BodyCapture capture, ArrivalTimes arrivals, bool holdEnd, TimeProvider time)
    {
        _response = response;
        _client = response.Body;
        _capture = capture;
        _arrivals = arrivals;
        _holdEnd = holdEnd;
        _time = time;
    }

    /// <summary>What the client gets of a piece, where that is not the piece itself; the copy takes the piece.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? ToClient { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await SendHeldAsync(cancellationToken);
            var piece = ToClient is { } change ? change(buffer) : buffer;
            var free = _holdEnd ? Detector().FreeBytes(piece.Span) : piece.Length;
            if (free > 0)
            {
                await _client.WriteAsync(piece[..free], cancellationToken);
                await _client.FlushAsync(cancellationToken);
            }

            Hold(piece.Span[free..]);
        }
        finally
        {
            // Also when the client has gone: the log keeps what the upstream said.
            _capture.Append(buffer.Span);
            _arrivals.Add(_capture.Length, _time.GetTimestamp());
            _turn.Release();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _client.FlushAsync(cancellationToken);

    /// <summary>Says that the upstream has ended: from here on only <see cref="ReleaseAsync"/> sends the end.</summary>
    public void UpstreamEnded() => _ended = true;

    /// <summary>Sends what was held.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await SendHeldAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Flush() => throw new NotSupportedException("the gateway writes asynchronously only");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("the gateway writes asynchronously only");

    public override async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }

        _held.Dispose();
        await base.DisposeAsync();
    }

    // The headers are known only once the first piece comes.
    private EndDetector Detector() => _end ??= new(_response.ContentLength, MediaTypes.IsEventStream(_response.ContentType));

    private void Hold(ReadOnlySpan<byte> end)
    {
        if (end.IsEmpty)
        {
            return;
        }

        _held.Write(end);
        _timer ??= _time.CreateTimer(static tee => _ = ((ResponseTee)tee!).ReleaseLateAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(LongestHold, Timeout.InfiniteTimeSpan);
    }

    private async Task SendHeldAsync(CancellationToken cancellationToken)
    {
        if (_held.Length > 0)
        {
            var bytes = _held.ToArray();
            _held.SetLength(0);
            await _client.WriteAsync(bytes, cancellationToken);
            await _client.FlushAsync(cancellationToken);
        }
    }

    private async Task ReleaseLateAsync()
    {
        try
        {
            // Where the upstream has ended, the log's write decides when the end goes, however long it takes.
            if (!_ended)
            {
                await ReleaseAsync(CancellationToken.None);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client has left or the exchange is over: the forwarder's own write or read reports it.
        }
    }

}
