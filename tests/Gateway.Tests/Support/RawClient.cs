using System.Net.Sockets;

namespace Tda.Gateway.Tests.Support;

/// <summary>A client over a raw socket, to see the very bytes.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new();

    private RawClient()
    {
    }

    /// <summary>Connects; a small receive buffer makes a slow reader felt by the other side.</summary>
    public static async Task<RawClient> ConnectAsync(Uri url, int? receiveBuffer = null)
    {
        var client = new RawClient();
        client._tcp.ReceiveBufferSize = receiveBuffer ?? client._tcp.ReceiveBufferSize;
        await client._tcp.ConnectAsync(url.Host, url.Port);
        return client;
    }

    /// <summary>One POST over a connection of its own; returns the whole response, head and body.</summary>
    public static async Task<string> PostAsync(Uri url, string path, string body, string headers = "")
    {
        using var client = await ConnectAsync(url);
        await client.SendPostAsync(path, body, headers + "Connection: close\r\n");
        return await client.ReadToEndAsync();
    }

    public Task SendPostAsync(string path, string body, string headers = "") => SendAsync(
        $"POST {path} HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _tcp.GetStream().WriteAsync(bytes);

    /// <summary>Reads until the text has come.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        var received = new MemoryStream();
        var buffer = new byte[8192];
        while (!Text(received).Contains(text, StringComparison.Ordinal))
        {
            var read = await _tcp.GetStream().ReadAsync(buffer);
            if (read == 0)
            {
                throw new EndOfStreamException($"ended before '{text}': {Text(received)}");
            }

            received.Write(buffer, 0, read);
        }

        return Text(received);
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public async Task<byte[]> ReadCountAsync(int count)
    {
        var bytes = new byte[count];
        await _tcp.GetStream().ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>Reads until the gateway closes the connection.</summary>
    public async Task<string> ReadToEndAsync() => Encoding.UTF8.GetString(await ReadBytesToEndAsync());

    /// <summary>As <see cref="ReadToEndAsync"/>, for what may not be text.</summary>
    public async Task<byte[]> ReadBytesToEndAsync()
    {
        var received = new MemoryStream();
        try
        {
            await _tcp.GetStream().CopyToAsync(received);
        }
        catch (IOException)
        {
            // Reset by the gateway: what came before counts.
        }

        return received.ToArray();
    }

    /// <summary>Goes away the hard way, with RST.</summary>
    public void Reset()
    {
        _tcp.LingerState = new(true, 0);
        _tcp.Close();
    }

    public void Dispose() => _tcp.Dispose();

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
}
