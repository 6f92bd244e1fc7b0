using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Tda.Gateway.Tests.Support;

/// <summary>An upstream over raw sockets that does to each request what a test's script says, broken things included.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<UpstreamRequest, Task> _script;
    private readonly Task _accepting;

    public ScriptedUpstream(Func<UpstreamRequest, Task> script)
    {
        _script = script;
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>Every request that came, as its raw head and body.</summary>
    public ConcurrentQueue<UpstreamRequest> Requests { get; } = new();

    /// <summary>An upstream that answers every request with the same bytes.</summary>
    public static ScriptedUpstream Answering(string response) => new(request => request.SendAsync(response));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                socket.NoDelay = true;
                _connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over, and the listener has stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                while (await UpstreamRequest.ReadAsync(socket, _stop.Token) is { } request)
                {
                    Requests.Enqueue(request);
                    await _script(request);
                }
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or IOException)
            {
                // The gateway or the test closed the connection; what a test expects of that it asks for itself.
            }
        }
    }
}
