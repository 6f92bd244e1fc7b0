using System.Buffers.Binary;
using Tda.Bench.Fuzz;
using Tda.Bench.Gateway;

namespace Tda.Bench.Attack;

/// <summary>WebSocket connections whose clients send damaged frames, in pieces, packed and not, to an upstream that sends each message back.</summary>
internal sealed class Frames : IAttack
{
    private const long Seed = 20_261_130;
    private const int AtOnce = 32;
    private const int MostMib = 800;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => "frames";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        await using var target = await AttackTarget.StartAsync(options, mostMib: MostMib);
        var connections = options.Quick ? 200 : 5_000;
        var (upgraded, sent) = (0, 0L);
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var mutator = new Mutator(SplitMix64.SequenceSeed(Seed, i));
            using var socket = await RawSocket.ConnectAsync(target.Url);
            var extensions = mutator.Below(2) == 0 ? "" : "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
            await socket.SendAsync("GET /v1/realtime?model=m HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{extensions}\r\n");
            if (await socket.StatusAsync(Patience) != 101)
            {
                target.Found($"connection {i} was not upgraded");
                return;
            }

            Interlocked.Increment(ref upgraded);
            for (var left = 1 + mutator.Below(20); left > 0; left--)
            {
                var bytes = mutator.Below(4) == 0 ? mutator.Next([Frame(mutator)]) : Frame(mutator);
                var cut = mutator.Below(bytes.Length + 1);
                Interlocked.Add(ref sent, bytes.Length);
                if (!await socket.SendAsync(bytes.AsMemory(0, cut)) || !await socket.SendAsync(bytes.AsMemory(cut)))
                {
                    break;
                }
            }
        });

        var (measured, findings) = await target.EndAsync();
        return new(new { Connections = connections, Upgraded = upgraded, Bytes = sent, Seed, Gateway = measured }, findings);
    }

    /// <summary>A client's frame: any kind, any bits, and a length that is sometimes not that of what follows.</summary>
    private static byte[] Frame(Mutator mutator)
    {
        var length = mutator.Below(3) switch { 0 => mutator.Below(126), 1 => mutator.Below(3_000), _ => mutator.Below(70_000) };
        var told = mutator.Below(20) == 0 ? (ulong)mutator.Below(int.MaxValue) << mutator.Below(32) : (ulong)length;
        var bytes = new List<byte> { (byte)((mutator.Below(5) > 0 ? 0x80 : 0) | (mutator.Below(4) == 0 ? 0x40 : 0) | (mutator.Below(10) == 0 ? mutator.Below(16) : 1)) };
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, told);
        if (told < 126)
        {
            bytes.Add((byte)(0x80 | (int)told));
        }
        else
        {
            var isShort = told <= ushort.MaxValue;
            bytes.Add((byte)(0x80 | (isShort ? 126 : 127)));
            bytes.AddRange(isShort ? wide[6..] : wide);
        }

        // A mask of zeros: the payload is as it stands here.
        bytes.AddRange([0, 0, 0, 0]);
        var text = "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"" + new string('w', length);
        bytes.AddRange(Encoding.UTF8.GetBytes(text).AsSpan(0, length));
        return [.. bytes];
    }
}
