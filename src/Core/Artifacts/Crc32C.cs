using System.Buffers.Binary;
using System.Numerics;

namespace Tda.Core.Artifacts;

/// <summary>CRC-32C (Castagnoli, RFC 3720 B.4), by the processor's own instructions where it has them.</summary>
public static class Crc32C
{
    /// <summary>What a fresh computation starts from.</summary>
    public const uint Start = uint.MaxValue;

    /// <summary>Goes on with more bytes. The state is not yet complemented: see <see cref="Finish"/>.</summary>
    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }

    /// <summary>The checksum of all that was added.</summary>
    public static uint Finish(uint state) => ~state;
}
