using Tda.Gateway.Capture;

namespace Tda.Gateway.WebSockets;

/// <summary>
/// The client's side of an upgraded connection for the forwarder: every byte passes unchanged, and a copy goes to the capture. Only what
/// a client may take for an end, a close or the last event of an answer, waits until the log has all that came by then.
/// </summary>
/// <param name="client">The client's connection.</param>
/// <param name="capture">Takes the copy.</param>
/// <param name="keep">Makes what has come as safe as promised; null where nothing is.</param>
internal sealed class WebSocketTee(Stream client, WebSocketCapture capture, Func<Task>? keep) : AsynchronousStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await client.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            capture.ClientGone();
            throw;
        }

        if (read > 0)
        {
            capture.FromClient(buffer.Span[..read]);
        }
        else if (!buffer.IsEmpty)
        {
            capture.ClientGone();
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Before it goes on, since only reading it tells whether it is an end. That takes microseconds, and also what a client that
        // has left doesn't take is noted.
        if (capture.FromUpstream(buffer.Span) && keep is not null)
        {
            await KeepAsync(keep);
        }

        try
        {
            await client.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            capture.ClientGone();
            throw;
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => client.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            client.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task KeepAsync(Func<Task> keepAll)
    {
        try
        {
            await keepAll();
        }
        catch (IOException)
        {
            capture.NotKept();
            throw;
        }
    }
}
