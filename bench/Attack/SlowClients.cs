using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Attack;

/// <summary>Clients that send their head, or their body, byte by byte: others must be served, and the slow must be rid of.</summary>
internal sealed class SlowClients : IAttack
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    public string Name => "slow clients";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        await using var target = await AttackTarget.StartAsync(options, new { security = new { limits = new { header_timeout = "5s", min_body_bytes_per_second = 1000 } } });
        var before = Descriptors(target);
        var count = options.Quick ? 40 : 400;
        var sockets = new List<RawSocket>();
        for (var i = 0; i < count; i++)
        {
            var socket = await RawSocket.ConnectAsync(target.Url);
            sockets.Add(socket);
            await socket.SendAsync(i % 2 == 0 ? "POST " : $"POST {Payload.Path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        }

        // A body has 30 s before its rate counts.
        var closed = 0;
        var beats = options.Quick ? 30 : 100;
        for (var beat = 0; beat < beats; beat++)
        {
            closed = 0;
            foreach (var socket in sockets)
            {
                closed += await socket.SendAsync("x") ? 0 : 1;
            }

            await Task.Delay(Beat);
        }

        var after = Descriptors(target);
        if (!options.Quick && after > before + (count / 10))
        {
            target.Found($"of {count} slow connections {after - before} are still open after {beats * Beat.TotalSeconds:F0} s");
        }

        sockets.ForEach(socket => socket.Dispose());
        var (measured, findings) = await target.EndAsync();
        return new(new { Slow = count, Closed = closed, Gateway = measured }, findings);
    }

    private static int Descriptors(AttackTarget target) => Directory.GetFiles($"/proc/{target.Gateway.Process.Id}/fd").Length;
}
