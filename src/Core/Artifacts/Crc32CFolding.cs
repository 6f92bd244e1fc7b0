using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tda.Core.Artifacts;

/// <summary>
/// CRC-32C by folding (V. Gopal and others, "Fast CRC computation for generic polynomials using PCLMULQDQ", Intel 2009): a block is
/// replaced by one of the same remainder that lies further on, many lanes of 16 bytes at once. Several times as fast as one word
/// after the other, which waits three cycles for each.
/// </summary>
internal static class Crc32CFolding
{
    private const int Lane = 16;
    private const int Registers = 4;
    private const uint Polynomial = 0x82F63B78; // reflected

    // What fills the four registers of the widest kind.
    public const int Shortest = Registers * WideLanes;

    private const int WideLanes = 4 * Lane;
    private static readonly Vector128<ulong> ByLane = Distance(Lane);
    private static readonly Vector128<ulong> ByFour = Distance(4 * Lane);
    private static readonly Vector512<ulong> ByOneWide = Spread(Distance(WideLanes));
    private static readonly Vector512<ulong> ByTwoWide = Spread(Distance(2 * WideLanes));
    private static readonly Vector512<ulong> ByThreeWide = Spread(Distance(3 * WideLanes));
    private static readonly Vector512<ulong> ByFourWide = Spread(Distance(4 * WideLanes));

    /// <summary>Whether the processor has what this needs.</summary>
    public static bool IsSupported => Pclmulqdq.IsSupported && BitConverter.IsLittleEndian;

    /// <summary>Goes on with as many of the bytes as fill whole registers.</summary>
    /// <param name="state">Not complemented.</param>
    /// <param name="bytes">At least <see cref="Shortest"/>.</param>
    /// <param name="taken">How many were taken.</param>
    public static uint Add(uint state, ReadOnlySpan<byte> bytes, out int taken) =>
        Pclmulqdq.V512.IsSupported ? Wide(state, bytes, out taken) : Narrow(state, bytes, out taken);

    internal static uint Wide(uint state, ReadOnlySpan<byte> bytes, out int taken)
    {
        var words = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        var count = words.Length / Registers * Registers;
        ref var first = ref MemoryMarshal.GetReference(words);
        var a = first ^ Vector512.CreateScalar((ulong)state);
        var (b, c, d) = (Unsafe.Add(ref first, 1), Unsafe.Add(ref first, 2), Unsafe.Add(ref first, 3));
        for (nint i = Registers; i < count; i += Registers)
        {
            a = Fold(a, ByFourWide) ^ Unsafe.Add(ref first, i);
            b = Fold(b, ByFourWide) ^ Unsafe.Add(ref first, i + 1);
            c = Fold(c, ByFourWide) ^ Unsafe.Add(ref first, i + 2);
            d = Fold(d, ByFourWide) ^ Unsafe.Add(ref first, i + 3);
        }

        taken = count * WideLanes;
        var sum = Fold(a, ByThreeWide) ^ Fold(b, ByTwoWide) ^ Fold(c, ByOneWide) ^ d;
        var (low, high) = (sum.GetLower(), sum.GetUpper());
        return Rest(low.GetLower(), low.GetUpper(), high.GetLower(), high.GetUpper());
    }

    internal static uint Narrow(uint state, ReadOnlySpan<byte> bytes, out int taken)
    {
        var words = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        var count = words.Length / Registers * Registers;
        ref var first = ref MemoryMarshal.GetReference(words);
        var a = first ^ Vector128.CreateScalar((ulong)state);
        var (b, c, d) = (Unsafe.Add(ref first, 1), Unsafe.Add(ref first, 2), Unsafe.Add(ref first, 3));
        for (nint i = Registers; i < count; i += Registers)
        {
            a = Fold(a, ByFour) ^ Unsafe.Add(ref first, i);
            b = Fold(b, ByFour) ^ Unsafe.Add(ref first, i + 1);
            c = Fold(c, ByFour) ^ Unsafe.Add(ref first, i + 2);
            d = Fold(d, ByFour) ^ Unsafe.Add(ref first, i + 3);
        }

        taken = count * Lane;
        return Rest(a, b, c, d);
    }

    private static Vector512<ulong> Fold(Vector512<ulong> x, Vector512<ulong> by) =>
        Pclmulqdq.V512.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(x, by, 0x11);

    private static Vector128<ulong> Fold(Vector128<ulong> x, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, by, 0x11);

    /// <summary>The state after four lanes: each folded onto the next, and the last put through word by word.</summary>
    private static uint Rest(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c, Vector128<ulong> d)
    {
        var sum = Fold(Fold(Fold(a, ByLane) ^ b, ByLane) ^ c, ByLane) ^ d;
        return BitOperations.Crc32C(BitOperations.Crc32C(0, sum[0]), sum[1]);
    }

    private static Vector512<ulong> Spread(Vector128<ulong> lane) => Vector512.Create(Vector256.Create(lane, lane), Vector256.Create(lane, lane));

    /// <summary>
    /// What the two words of a lane are multiplied by to lie some bytes further on: x^(8·bytes + 32) and x^(8·bytes − 32) modulo the
    /// polynomial, reflected, and shifted by one, since the product of reflected words comes out one short.
    /// </summary>
    private static Vector128<ulong> Distance(int bytes) => Vector128.Create((ulong)Power((8 * bytes) + 32) << 1, (ulong)Power((8 * bytes) - 32) << 1);

    /// <summary>x^exponent modulo the polynomial, reflected.</summary>
    private static uint Power(int exponent)
    {
        var value = 1u << 31; // x^0
        for (var i = 0; i < exponent; i++)
        {
            value = (value >> 1) ^ ((value & 1) * Polynomial);
        }

        return value;
    }
}
