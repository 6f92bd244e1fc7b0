using System.Numerics;
using System.Runtime.InteropServices;
using Tda.Core.Artifacts;

namespace Tda.Scoring.Stores.Shards;

/// <summary>CRC-32C of a row's stored bytes and scales.</summary>
internal static class RowChecksum
{
    /// <summary>Rows taken at a time: the instruction answers after three cycles and can be issued in each, so that one chain leaves two thirds unused.</summary>
    private const int Chains = 4;

    public static uint Of(ReadOnlySpan<byte> row, ReadOnlySpan<float> scales) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, row), MemoryMarshal.AsBytes(scales)));

    /// <summary>The first row whose checksum isn't the expected one; -1 where all are.</summary>
    /// <param name="rows">Rows one after the other.</param>
    /// <param name="scales">Their scales; empty where there are none.</param>
    /// <param name="expected">One a row.</param>
    public static int FirstDamaged(ReadOnlySpan<byte> rows, ReadOnlySpan<float> scales, ReadOnlySpan<uint> expected)
    {
        if (expected.IsEmpty) return -1;
        var (length, scaleCount) = (rows.Length / expected.Length, scales.Length / expected.Length);
        Span<uint> states = stackalloc uint[Chains];
        for (var first = 0; first < expected.Length; first += Chains)
        {
            var count = Math.Min(Chains, expected.Length - first);
            states.Fill(Crc32C.Start);
            if (count == Chains) Words(rows.Slice(first * length, Chains * length), length, states);
            for (var i = 0; i < count; i++)
            {
                var row = rows.Slice((first + i) * length, length);
                var rest = count == Chains ? row[(length / sizeof(ulong) * sizeof(ulong))..] : row;
                var own = MemoryMarshal.AsBytes(scales.Slice((first + i) * scaleCount, scaleCount));
                if (Crc32C.Finish(Crc32C.Add(Crc32C.Add(states[i], rest), own)) != expected[first + i]) return first + i;
            }
        }
        return -1;
    }

    // Whole words of four rows side by side.
    private static void Words(ReadOnlySpan<byte> rows, int length, Span<uint> states)
    {
        var a = MemoryMarshal.Cast<byte, ulong>(rows[..length]);
        var b = MemoryMarshal.Cast<byte, ulong>(rows.Slice(length, length))[..a.Length];
        var c = MemoryMarshal.Cast<byte, ulong>(rows.Slice(2 * length, length))[..a.Length];
        var d = MemoryMarshal.Cast<byte, ulong>(rows.Slice(3 * length, length))[..a.Length];
        var (p, q, r, s) = (states[0], states[1], states[2], states[3]);
        for (var i = 0; i < a.Length; i++)
        {
            p = BitOperations.Crc32C(p, a[i]);
            q = BitOperations.Crc32C(q, b[i]);
            r = BitOperations.Crc32C(r, c[i]);
            s = BitOperations.Crc32C(s, d[i]);
        }
        (states[0], states[1], states[2], states[3]) = (p, q, r, s);
    }
}
