namespace Tda.Gateway.Capture;

/// <summary>The request's body for the forwarder, with a copy to the capture of all that it reads.</summary>
internal sealed class RequestTee(Stream inner, ExchangeCapture capture) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Take(buffer.Span, read);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        Take(buffer, read);
        return read;
    }

    private void Take(ReadOnlySpan<byte> buffer, int read)
    {
        capture.Request.Append(buffer[..read]);
        capture.RequestEnded |= (read == 0 && !buffer.IsEmpty) || capture.Request.Length == capture.RequestLength;
    }
}
