using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tda.Gateway.Proxy;

/// <summary>Makes ids of exchanges: UUIDs of version 7 (RFC 9562, 5.7), their random bits drawn many at a time, since each draw is a system call.</summary>
internal static class ExchangeIds
{
    private const int Drawn = 4096;
    private const int RandomBytes = 10;

    [ThreadStatic]
    private static byte[]? _s_random;

    [ThreadStatic]
    private static int _s_left;

    /// <summary>A new id; ids sort by time.</summary>
    public static string Next(DateTimeOffset now)
    {
        var random = _s_random ??= new byte[Drawn];
        if (_s_left < RandomBytes)
        {
            RandomNumberGenerator.Fill(random);
            _s_left = Drawn;
        }

        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        random.AsSpan(_s_left - RandomBytes, RandomBytes).CopyTo(id[6..]);
        _s_left -= RandomBytes;
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true).ToString();
    }
}
