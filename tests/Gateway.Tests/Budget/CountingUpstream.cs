using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Budget;

/// <summary>An upstream that holds nothing of what it gets, however much that is: it notes each body's hash, and answers all alike.</summary>
internal sealed class CountingUpstream : IAsyncDisposable
{
    private readonly LoopbackListener _listener;

    public CountingUpstream() => _listener = new(ServeAsync);

    public string Url => _listener.Url;

    /// <summary>SHA-256 of each body that came whole.</summary>
    public ConcurrentBag<string> Bodies { get; } = [];

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
        try
        {
            await using var stream = new NetworkStream(socket);
            while (await ReadHeadAsync(stream, buffer, stop) is var (end, read))
            {
                var length = ContentLength(Encoding.Latin1.GetString(buffer, 0, end));
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                hash.AppendData(buffer.AsSpan(end, read - end));
                for (var left = length - (read - end); left > 0;)
                {
                    var more = await stream.ReadAsync(buffer, stop);
                    if (more == 0)
                    {
                        return;
                    }

                    hash.AppendData(buffer.AsSpan(0, more));
                    left -= more;
                }

                Bodies.Add(Convert.ToHexStringLower(hash.GetHashAndReset()));
                await stream.WriteAsync(Encoding.UTF8.GetBytes(Samples.Json(Samples.Chat)), stop);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a head, and what comes with it of the body; null at the connection's end.</summary>
    private static async Task<(int End, int Read)?> ReadHeadAsync(NetworkStream stream, byte[] buffer, CancellationToken stop)
    {
        for (var filled = 0; ;)
        {
            if (buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) is var end and >= 0)
            {
                return (end + 4, filled);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(filled), stop);
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
