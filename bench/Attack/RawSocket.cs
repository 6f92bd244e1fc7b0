using System.Net.Sockets;

namespace Tda.Bench.Attack;

/// <summary>A connection on which anything can be sent, also what no client library would.</summary>
internal sealed class RawSocket : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };

    private RawSocket()
    {
    }

    /// <exception cref="SocketException">Nobody listens, or nobody may come in.</exception>
    public static async Task<RawSocket> ConnectAsync(Uri url)
    {
        var socket = new RawSocket();
        await socket._tcp.ConnectAsync(url.Host, url.Port);
        return socket;
    }

    /// <returns>Whether it went out; false when the other side has closed.</returns>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _tcp.GetStream().WriteAsync(bytes);
            return true;
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            return false;
        }
    }

    public Task<bool> SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <returns>The status of the answer; 0 when the connection was closed without one.</returns>
    public async Task<int> StatusAsync(TimeSpan patience)
    {
        var buffer = new byte[4096];
        var received = "";
        using var limit = new CancellationTokenSource(patience);
        try
        {
            while (!received.Contains("\r\n", StringComparison.Ordinal))
            {
                var read = await _tcp.GetStream().ReadAsync(buffer, limit.Token);
                if (read == 0)
                {
                    return 0;
                }

                received += Encoding.Latin1.GetString(buffer, 0, read);
            }

            return int.Parse(received.Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return 0;
        }
    }

    public void Dispose() => _tcp.Dispose();
}
