using Microsoft.AspNetCore.Http;

namespace Tda.Lab.Serving;

/// <summary>Server-sent events: one <c>data:</c> line each, flushed at once.</summary>
internal sealed class EventStream(HttpResponse response, CancellationToken cancellation)
{
    public async Task SendAsync(byte[] data)
    {
        byte[] message = [.. "data: "u8, .. data, .. "\n\n"u8];
        await response.BodyWriter.WriteAsync(message, cancellation);
        await response.BodyWriter.FlushAsync(cancellation);
    }
}
