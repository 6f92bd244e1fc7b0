using System.Net;
using System.Net.Sockets;

namespace Tda.Bench.Gateway.Load;

/// <summary>One kept connection: sends a request, reads its answer to the last byte. Opens itself again after a failure.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly LoadOptions _options;
    private readonly byte[] _request;
    private readonly int _marker;
    private readonly byte[] _buffer = new byte[64 << 10];
    private Socket? _socket;

    public LoadConnection(LoadOptions options)
    {
        _options = options;
        var marker = Letters.Of(0);
        var text = HttpRequest.Text(options.Url, options.Headers, Payload.Request(marker));
        _request = Encoding.UTF8.GetBytes(text);
        _marker = text.IndexOf(marker, StringComparison.Ordinal);
    }

    /// <returns>Null, or what went wrong.</returns>
    public async Task<string?> ExchangeAsync(long number)
    {
        try
        {
            Encoding.ASCII.GetBytes(Letters.Of(number), _request.AsSpan(_marker));
            _socket ??= await OpenAsync();
            _socket.Send(_request); // half a kilobyte into an empty socket buffer: does not wait
            return await ReadAsync(_socket);
        }
        catch (SocketException error)
        {
            Close();
            return error.SocketErrorCode.ToString();
        }
    }

    public void Dispose() => Close();

    private async Task<Socket> OpenAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(_options.Url.Host), _options.Url.Port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<string?> ReadAsync(Socket socket)
    {
        var have = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(_buffer.AsMemory(have), SocketFlags.None);
            have += read;
            var progress = AnswerProgress.Of(_buffer.AsSpan(0, have));
            if (progress.Complete)
            {
                if (progress.Closes)
                {
                    Close();
                }

                return progress.Status is >= 200 and < 300 ? null : $"status {progress.Status}";
            }

            if (read > 0 && have < _buffer.Length)
            {
                continue;
            }

            Close();
            return read == 0 ? "connection closed inside an answer" : "answer too long";
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
