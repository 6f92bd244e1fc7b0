using System.Runtime.InteropServices;
using Tda.Core.Artifacts;

namespace Tda.Scoring.Stores.Shards;

/// <summary>CRC-32C of a row's stored bytes and scales.</summary>
internal static class RowChecksum
{
    public static uint Of(ReadOnlySpan<byte> row, ReadOnlySpan<float> scales) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, row), MemoryMarshal.AsBytes(scales)));

    /// <summary>The first row whose checksum isn't the expected one; -1 where all are.</summary>
    /// <param name="rows">Rows one after the other.</param>
    /// <param name="scales">Their scales; empty where there are none.</param>
    /// <param name="expected">One a row.</param>
    public static int FirstDamaged(ReadOnlySpan<byte> rows, ReadOnlySpan<float> scales, ReadOnlySpan<uint> expected)
    {
        if (expected.IsEmpty)
        {
            return -1;
        }

        var (length, scaleCount) = (rows.Length / expected.Length, scales.Length / expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (Of(rows.Slice(i * length, length), scales.Slice(i * scaleCount, scaleCount)) != expected[i])
            {
                return i;
            }
        }

        return -1;
    }
}
