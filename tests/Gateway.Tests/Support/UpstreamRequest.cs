using System.Net.Sockets;

namespace Tda.Gateway.Tests.Support;

/// <summary>A request as it reached the upstream, and the means to answer it.</summary>
internal sealed class UpstreamRequest
{
    private readonly Socket _socket;
    private readonly CancellationToken _stop;

    private UpstreamRequest(Socket socket, string head, byte[] body, CancellationToken stop)
    {
        _socket = socket;
        _stop = stop;
        Head = head;
        Body = body;
    }

    /// <summary>Request line and headers.</summary>
    public string Head { get; }

    public byte[] Body { get; }

    public string BodyText => Encoding.UTF8.GetString(Body);

    public static async Task<UpstreamRequest?> ReadAsync(Socket socket, CancellationToken stop)
    {
        var bytes = new List<byte>();
        int headEnd;
        while ((headEnd = IndexOfHeadEnd(bytes)) < 0)
        {
            if (!await ReceiveAsync(socket, bytes, stop))
            {
                return null;
            }
        }

        var head = Encoding.Latin1.GetString([.. bytes.Take(headEnd)]);
        bytes.RemoveRange(0, headEnd + 4);
        var body = head.Contains("\r\nTransfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)
            ? await ReadChunkedAsync(socket, bytes, stop)
            : await ReadCountAsync(socket, bytes, ContentLength(head), stop);
        return new(socket, head, body, stop);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await _socket.SendAsync(bytes[sent..], SocketFlags.None, _stop);
        }
    }

    /// <summary>Receives bytes that came after the request.</summary>
    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var read = await _socket.ReceiveAsync(bytes.AsMemory(received), SocketFlags.None, _stop);
            received += read > 0 ? read : throw new IOException("the gateway sent less than expected");
        }

        return bytes;
    }

    /// <summary>Begins a chunked stream of events.</summary>
    public Task BeginStreamAsync() =>
        SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

    public async Task SendChunkAsync(ReadOnlyMemory<byte> bytes)
    {
        await SendAsync(Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        await SendAsync(bytes);
        await SendAsync("\r\n");
    }

    public Task SendChunkAsync(string text) => SendChunkAsync(Encoding.UTF8.GetBytes(text));

    public Task EndChunksAsync() => SendAsync("0\r\n\r\n");

    /// <summary>Breaks the connection the hard way, with RST.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Close();
    }

    /// <summary>Ends the connection in good order, whatever was promised on it.</summary>
    public void Close()
    {
        _socket.Shutdown(SocketShutdown.Both);
        _socket.Close();
    }

    /// <summary>Waits until the gateway has closed the connection.</summary>
    public async Task GatewayGoneAsync()
    {
        try
        {
            var buffer = new byte[256];
            while (await _socket.ReceiveAsync(buffer, SocketFlags.None, _stop) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: gone as well.
        }
    }

    private static int IndexOfHeadEnd(List<byte> bytes) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).IndexOf("\r\n\r\n"u8);

    private static int ContentLength(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }

    private static async Task<byte[]> ReadCountAsync(Socket socket, List<byte> bytes, int count, CancellationToken stop)
    {
        while (bytes.Count < count)
        {
            if (!await ReceiveAsync(socket, bytes, stop))
            {
                throw new IOException("the request ended early");
            }
        }

        return [.. bytes.Take(count)];
    }

    private static async Task<byte[]> ReadChunkedAsync(Socket socket, List<byte> bytes, CancellationToken stop)
    {
        var body = new List<byte>();
        while (true)
        {
            int lineEnd;
            while ((lineEnd = bytes.IndexOf((byte)'\n')) < 0)
            {
                await ReceiveAsync(socket, bytes, stop);
            }

            var size = int.Parse(Encoding.ASCII.GetString([.. bytes.Take(lineEnd - 1)]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            bytes.RemoveRange(0, lineEnd + 1);
            body.AddRange(await ReadCountAsync(socket, bytes, size + 2, stop) is var chunk ? chunk[..size] : []);
            bytes.RemoveRange(0, size + 2);
            if (size == 0)
            {
                return [.. body];
            }
        }
    }

    private static async Task<bool> ReceiveAsync(Socket socket, List<byte> bytes, CancellationToken stop)
    {
        var buffer = new byte[8192];
        var read = await socket.ReceiveAsync(buffer, SocketFlags.None, stop);
        bytes.AddRange(buffer.AsSpan(0, read));
        return read > 0;
    }
}
