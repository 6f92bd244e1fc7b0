using System.Net.Sockets;
using System.Text;

namespace Tda.Gateway.Tests.Support;

/// <summary>A client over a raw socket, to see the very bytes.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new();

    private RawClient()
    {
    }

    public static async Task<RawClient> ConnectAsync(Uri url)
    {
        var client = new RawClient();
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

    public async Task SendAsync(string text) => await _tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));

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

    /// <summary>Reads until the gateway closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
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

        return Text(received);
    }

    public void Dispose() => _tcp.Dispose();

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
}
