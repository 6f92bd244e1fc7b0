using Microsoft.AspNetCore.Http;
using Tda.Core.Text;

namespace Tda.Lab.Serving;

/// <summary>Server-sent events: one <c>data:</c> line each, flushed at once.</summary>
internal sealed class EventStream(HttpResponse response, CancellationToken cancellation)
{
    public async Task SendAsync(byte[] data)
    {
        await response.BodyWriter.WriteAsync(ServerSentEvents.Event(data), cancellation);
        await response.BodyWriter.FlushAsync(cancellation);
    }
}
