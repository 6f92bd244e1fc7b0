using System.Runtime.InteropServices;
using Tda.Core.Artifacts;

namespace Tda.Scoring.Stores;

/// <summary>CRC-32C of a row's stored bytes and scales.</summary>
internal static class RowChecksum
{
    public static uint Of(ReadOnlySpan<byte> row, ReadOnlySpan<float> scales) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, row), MemoryMarshal.AsBytes(scales)));
}
