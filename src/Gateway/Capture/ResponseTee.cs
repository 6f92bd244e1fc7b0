using System.Buffers;
using Tda.Gateway.Recording;

namespace Tda.Gateway.Capture;

/// <summary>
/// The response's body on its way to the client. Each piece is written to the client first and copied afterwards; only
/// the end of the answer is held, if asked for, until <see cref="ReleaseAsync"/>, which the log's write precedes.
/// </summary>
/// <param name="response">Where the client's bytes go.</param>
/// <param name="capture">Takes the copy.</param>
/// <param name="recorder">Is asked to keep what has come before an end goes to the client that the upstream has not confirmed.</param>
/// <param name="durability">What is promised: unless <see cref="Durability.Memory"/>, the last bytes wait for the log.</param>
/// <param name="time">The clock.</param>
internal sealed class ResponseTee(
    HttpResponse response, ExchangeCapture capture, Recorder recorder, Durability durability, TimeProvider time) : AsynchronousStream
{
    // An upstream that has said [DONE] and keeps the connection open must not keep the client waiting for it.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(500);

    private readonly Stream _client = response.Body;
    private byte[] _held = [];
    private int _heldLength;
    private ITimer? _timer;

    // Only a timer can come between; before there is one, each write follows the one before it.
    private SemaphoreSlim? _turn;
    private volatile bool _ended;
    private EndDetector? _end;

    /// <summary>What the client gets of a piece, where that is not the piece itself; the copy takes the piece.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? ToClient { get; set; }

    /// <summary>When the last bytes came from the upstream, for the clock; null before the first.</summary>
    public long? LastPiece { get; private set; }

    /// <summary>Whether the clock cancelled a write that the client, still there, did not take.</summary>
    public bool ClientStalled { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_turn is not null)
        {
            await _turn.WaitAsync(cancellationToken);
        }

        var taken = _turn;
        var arrived = time.GetTimestamp();
        try
        {
            if (_heldLength > 0)
            {
                await SendHeldAsync(cancellationToken);
            }

            var piece = ToClient is { } change ? change(buffer) : buffer;
            var free = durability != Durability.Memory ? Detector().FreeBytes(piece.Span) : piece.Length;
            if (free > 0 || response.ContentLength is null)
            {
                // An answer that is held whole has its headers read once, when it is settled.
                capture.AnswerStarted();
            }

            if (free > 0)
            {
                // The server's stream sends what is written at once.
                await _client.WriteAsync(piece[..free], cancellationToken);
            }

            Hold(piece.Span[free..]);
        }
        catch (OperationCanceledException) when (!response.HttpContext.RequestAborted.IsCancellationRequested)
        {
            ClientStalled = true;
            throw;
        }
        finally
        {
            // Also when the client has gone: the log keeps what the upstream said.
            LastPiece = arrived;
            capture.Response.Append(buffer.Span);
            capture.Arrivals.Add(capture.Response.Length, (long)time.GetElapsedTime(capture.Start, arrived).TotalMicroseconds);
            taken?.Release();
        }
    }

    // The end alone is held without headers sent before: flushing them then would cost the client a packet of their own.
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        _heldLength > 0 ? Task.CompletedTask : _client.FlushAsync(cancellationToken);

    /// <summary>Says that the upstream has ended: from here on only <see cref="ReleaseAsync"/> sends the end.</summary>
    public void UpstreamEnded() => _ended = true;

    /// <summary>Sends what was held.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_turn is not { } turn)
        {
            await SendHeldAsync(cancellationToken);
            return;
        }

        await turn.WaitAsync(cancellationToken);
        try
        {
            await SendHeldAsync(cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Gives up what was held: the client must not get it.</summary>
    public void Discard() => _heldLength = 0;

    public override async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }

        GiveBack();
        await base.DisposeAsync();
    }

    // The headers are known only once the first piece comes.
    private EndDetector Detector() => _end ??= new(response.ContentLength, MediaTypes.IsEventStream(response.ContentType));

    /// <summary>Keeps a copy of the end: the capture's own bytes are masked for the log before the client gets these.</summary>
    private void Hold(ReadOnlySpan<byte> end)
    {
        if (end.IsEmpty)
        {
            return;
        }

        if (_held.Length < end.Length)
        {
            GiveBack();
            _held = ArrayPool<byte>.Shared.Rent(end.Length);
        }

        end.CopyTo(_held);
        _heldLength = end.Length;

        // Where the length is known the upstream has ended with it; only a stream may go on after its last event.
        if (response.ContentLength is null)
        {
            _turn ??= new(1, 1);
            _timer ??= time.CreateTimer(static tee => _ = ((ResponseTee)tee!).ReleaseLateAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(LongestHold, Timeout.InfiniteTimeSpan);
        }
    }

    private void GiveBack()
    {
        if (_held.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_held, clearArray: true);
            _held = [];
            _heldLength = 0;
        }
    }

    private async Task SendHeldAsync(CancellationToken cancellationToken)
    {
        if (_heldLength > 0)
        {
            var bytes = _held.AsMemory(0, _heldLength);
            _heldLength = 0;
            await _client.WriteAsync(bytes, cancellationToken);
        }
    }

    private async Task ReleaseLateAsync()
    {
        try
        {
            // Where the upstream has ended, the log's write decides when the end goes, however long it takes.
            if (!_ended)
            {
                await recorder.SpoolProgressAsync(capture, durability);
                await ReleaseAsync(CancellationToken.None);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client has left or the exchange is over: the forwarder's own write or read reports it.
        }
    }
}

/// <summary>A stream that is only written, and only asynchronously.</summary>
internal abstract class AsynchronousStream : WriteOnlyStream
{
    private const string Asynchronous = "the gateway writes asynchronously only";

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public abstract override Task FlushAsync(CancellationToken cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException(Asynchronous);

    public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException(Asynchronous);
}
