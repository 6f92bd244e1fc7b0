using System.Net.Sockets;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Attack;

/// <summary>Many at once: bodies announced and not sent, large bodies sent, connections, headers, and keys that nobody issued.</summary>
internal sealed class Floods : IAttack
{
    private const long HeapBytes = 640L << 20;
    private const int MostMib = 1_100;
    private const int Announcers = 60;
    private const int Senders = 24;
    private const int BodyBytes = 64 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Name => "floods";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        var (bodies, found) = await BodiesAsync(options with { Scratch = Directory.CreateDirectory(Path.Combine(options.Scratch, "bodies")).FullName });
        var (keys, alsoFound) = await KeysAsync(options with { Scratch = Directory.CreateDirectory(Path.Combine(options.Scratch, "keys")).FullName });
        return new(new { Bodies = bodies, Keys = keys }, [.. found, .. alsoFound]);
    }

    private static async Task<(object Measured, IReadOnlyList<string> Findings)> BodiesAsync(AttackOptions options)
    {
        await using var target = await AttackTarget.StartAsync(options, heapBytes: HeapBytes, mostMib: MostMib);

        // 1. Announced, and hardly sent.
        var announced = await ConnectAsync(target, Announcers);
        foreach (var socket in announced)
        {
            await socket.SendAsync($"POST {Payload.Path} HTTP/1.1\r\nHost: a\r\nContent-Length: {BodyBytes}\r\n\r\n" + new string('x', 1000));
        }

        // 2. Sent, all at once.
        var body = Encoding.ASCII.GetBytes(new string('y', 1 << 20));
        var senders = options.Quick ? 4 : Senders;
        var statuses = await Task.WhenAll(Enumerable.Range(0, senders).Select(async _ =>
        {
            using var socket = await RawSocket.ConnectAsync(target.Url);
            await socket.SendAsync($"POST {Payload.Path} HTTP/1.1\r\nHost: a\r\nContent-Length: {BodyBytes}\r\nConnection: close\r\n\r\n");
            for (var sent = 0; sent < BodyBytes; sent += body.Length)
            {
                if (!await socket.SendAsync(body))
                {
                    break;
                }
            }

            return await socket.StatusAsync(Patience);
        }));
        announced.ForEach(socket => socket.Dispose());
        if (Array.Exists(statuses, status => status != 200))
        {
            target.Found($"of {senders} bodies of {BodyBytes >> 20} MiB some were not served: {string.Join(", ", statuses.CountBy(status => status))}");
        }

        // 3. Connections that say nothing, and heads at the limit and above.
        var idle = await ConnectAsync(target, options.Quick ? 100 : 2_000);
        for (var i = 0; i < 200; i++)
        {
            using var socket = await RawSocket.ConnectAsync(target.Url);
            var headers = string.Concat(Enumerable.Range(0, 90 + i).Select(h => $"X-{h}: {new string('z', 300)}\r\n"));
            await socket.SendAsync($"GET /v1/models HTTP/1.1\r\nHost: a\r\n{headers}Connection: close\r\n\r\n");
            if (await socket.StatusAsync(Patience) is >= 500 and var status)
            {
                target.Found($"{90 + i} headers are answered with {status}");
            }
        }

        idle.ForEach(socket => socket.Dispose());
        return await target.EndAsync();
    }

    private static async Task<(object Measured, IReadOnlyList<string> Findings)> KeysAsync(AttackOptions options)
    {
        var secret = Path.Combine(options.Scratch, "upstream-key");
        await File.WriteAllTextAsync(secret, "sk-of-the-upstream");
        await using var target = await AttackTarget.StartAsync(
            options, new { security = new { require_client_keys = true, upstream_key = new { file = secret } } }, witnessKey: true);
        using var client = new HttpClient { Timeout = Patience };
        var (refused, throttled) = (0, 0);
        await Parallel.ForAsync(0, options.Quick ? 200 : 5_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target.Url, "/v1/models"));
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer tda_{i:d10}_{new string('k', 43)}");
            using var answer = await client.SendAsync(request, cancel);
            switch ((int)answer.StatusCode)
            {
                case 401:
                    Interlocked.Increment(ref refused);
                    break;
                case 429:
                    Interlocked.Increment(ref throttled);
                    break;
                default:
                    target.Found($"an invented key is answered with {(int)answer.StatusCode}");
                    break;
            }
        });
        if (target.Upstream.Targets.Any(one => one.Contains("models", StringComparison.Ordinal)))
        {
            target.Found("a request with an invented key reached the upstream");
        }

        var (measured, findings) = await target.EndAsync();
        return (new { Refused = refused, Throttled = throttled, Gateway = measured }, findings);
    }

    private static async Task<List<RawSocket>> ConnectAsync(AttackTarget target, int count)
    {
        var sockets = new List<RawSocket>();
        for (var i = 0; i < count; i++)
        {
            try
            {
                sockets.Add(await RawSocket.ConnectAsync(target.Url));
            }
            catch (SocketException error)
            {
                target.Found($"connection {i} was not to be had: {error.Message}");
                break;
            }
        }

        return sockets;
    }
}
