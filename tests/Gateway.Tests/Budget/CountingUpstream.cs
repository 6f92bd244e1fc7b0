using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Budget;

/// <summary>An upstream that holds nothing of what it gets, however much that is: it notes each body's hash, and answers all alike.</summary>
internal sealed class CountingUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public CountingUpstream()
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>SHA-256 of each body that came whole.</summary>
    public ConcurrentBag<string> Bodies { get; } = [];

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
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over, and the listener has stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var filled = 0;
            while (await ReadHeadAsync(stream, buffer, filled) is var (end, read))
            {
                var length = ContentLength(Encoding.Latin1.GetString(buffer, 0, end));
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                hash.AppendData(buffer.AsSpan(end, read - end));
                for (var left = length - (read - end); left > 0;)
                {
                    var more = await stream.ReadAsync(buffer, _stop.Token);
                    if (more == 0)
                    {
                        return;
                    }

                    hash.AppendData(buffer.AsSpan(0, more));
                    left -= more;
                }

                Bodies.Add(Convert.ToHexStringLower(hash.GetHashAndReset()));
                await stream.WriteAsync(Encoding.UTF8.GetBytes(Samples.Json(Samples.Chat)), _stop.Token);
                filled = 0;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The gateway or the test closed the connection.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a head, and what comes with it of the body; null at the connection's end.</summary>
    private async Task<(int End, int Read)?> ReadHeadAsync(NetworkStream stream, byte[] buffer, int filled)
    {
        while (true)
        {
            if (buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) is var end and >= 0)
            {
                return (end + 4, filled);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(filled), _stop.Token);
            if (read == 0)
            {
                return null;
            }

            filled += read;
        }
    }

    private static long ContentLength(string head) => long.Parse(
        head.Split("\r\n").Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1], CultureInfo.InvariantCulture);
}
