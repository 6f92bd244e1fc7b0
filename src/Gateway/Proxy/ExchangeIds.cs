using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Tda.Gateway.Proxy;

/// <summary>
/// Ids of exchanges: UUIDs of version 7 (RFC 9562, section 5.7), which sort by time. Random bytes are drawn for many at a time: each draw
/// of <see cref="Guid.CreateVersion7(DateTimeOffset)"/> is a system call.
/// </summary>
internal static class ExchangeIds
{
    private const int RandomBytes = 10;
    private const int DrawnTogether = 100 * RandomBytes;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _left;

    public static string Next(DateTimeOffset now)
    {
        var random = _random ??= new byte[DrawnTogether];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(random);
            _left = DrawnTogether;
        }

        _left -= RandomBytes;
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        random.AsSpan(_left, RandomBytes).CopyTo(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true).ToString();
    }
}
