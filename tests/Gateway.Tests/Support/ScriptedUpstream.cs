using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Tda.Gateway.Tests.Support;

/// <summary>An upstream over raw sockets that does to each request what a test's script says, broken things included.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly Func<UpstreamRequest, Task> _script;
    private readonly LoopbackListener _listener;

    public ScriptedUpstream(Func<UpstreamRequest, Task> script)
    {
        _script = script;
        _listener = new(ServeAsync);
    }

    public string Url => _listener.Url;

    /// <summary>Every request that came, as its raw head and body.</summary>
    public ConcurrentQueue<UpstreamRequest> Requests { get; } = new();

    /// <summary>An upstream that answers every request with the same bytes.</summary>
    public static ScriptedUpstream Answering(string response) => new(request => request.SendAsync(response));

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        while (await UpstreamRequest.ReadAsync(socket, stop) is { } request)
        {
            Requests.Enqueue(request);
            await _script(request);
        }
    }
}
