using System.Numerics;
using System.Runtime.InteropServices;

namespace Tda.Scoring.Stores;

/// <summary>CRC-32C of a row's stored bytes and scales, by the processor's own instruction.</summary>
internal static class RowChecksum
{
    public static uint Of(ReadOnlySpan<byte> row, ReadOnlySpan<float> scales) => ~Add(Add(~0u, row), MemoryMarshal.AsBytes(scales));

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
