using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Killing;

/// <summary>Clients that note what they got to the last byte. Every fourth reads streams.</summary>
/// <param name="pause">Between two requests of a client.</param>
internal sealed class KillClients(TimeSpan pause = default) : IDisposable
{
    public const int Count = 32;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromSeconds(30) };
    private long _number;
    private long _broken;
    private long _refused;
    private int _lastRound = -1;

    public ConcurrentQueue<Acknowledged> Acknowledged { get; } = new();

    /// <summary>Requests that the kill cut off.</summary>
    public long Broken => Interlocked.Read(ref _broken);

    /// <summary>Answers other than 200: there must be none.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Asks until the gateway is gone, each client until its first failure or until it is told.</summary>
    public Task RunAsync(Uri url, int round, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Count).Select(client => ClientAsync(url, round, client % 4 == 0, stop)));

    /// <summary>Waits for the first answer of a round, or until patience ends.</summary>
    public async Task AcknowledgedInAsync(int round, TimeSpan patience)
    {
        for (var start = Stopwatch.GetTimestamp(); Volatile.Read(ref _lastRound) != round && Stopwatch.GetElapsedTime(start) < patience;)
        {
            await Task.Delay(10);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ClientAsync(Uri url, int round, bool stream, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var marker = "mark" + Letters.Of(Interlocked.Increment(ref _number));
            var request = Encoding.UTF8.GetBytes(Payload.Request(marker, stream));
            try
            {
                using var content = new ByteArrayContent(request);
                content.Headers.ContentType = new("application/json");
                using var response = await _client.PostAsync(new Uri(url, Payload.Path), content, CancellationToken.None);
                var answer = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
                if (response.IsSuccessStatusCode)
                {
                    Acknowledged.Enqueue(new(marker, Hash(request), Hash(answer), stream, round));
                }
                else
                {
                    Interlocked.Increment(ref _refused);
                }

                Volatile.Write(ref _lastRound, round);
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, CancellationToken.None);
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                Interlocked.Increment(ref _broken);
                return; // killed; the next round brings a new gateway
            }
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
