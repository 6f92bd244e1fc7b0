using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tda.Core.Artifacts;

/// <summary>
/// CRC-32C by folding (V. Gopal and others, "Fast CRC computation for generic polynomials using PCLMULQDQ", Intel 2009): a block is
/// replaced by one of the same remainder that lies further on, sixteen lanes of 16 bytes at once, by the widest multiplication that the
/// processor has. Several times as fast as one word after the other, which waits three cycles for each.
/// </summary>
internal static class Crc32CFolding
{
    private const int Lane = 16;
    private const int Register = 4 * Lane;
    private const int Registers = 4;
    private const uint Polynomial = 0x82F63B78; // reflected

    /// <summary>Fewer bytes don't fill the registers.</summary>
    public const int Shortest = Registers * Register;

    private static readonly Vector128<ulong> ByLane = Distance(Lane);
    private static readonly Vector512<ulong> ByOne = Spread(Distance(Register));
    private static readonly Vector512<ulong> ByTwo = Spread(Distance(2 * Register));
    private static readonly Vector512<ulong> ByThree = Spread(Distance(3 * Register));
    private static readonly Vector512<ulong> ByAll = Spread(Distance(Registers * Register));

    /// <summary>Whether the processor has what this needs; without wide registers it is no faster than words.</summary>
    public static bool IsSupported => Pclmulqdq.IsSupported && Vector256.IsHardwareAccelerated;

    /// <summary>Goes on with as many of the bytes as fill whole registers.</summary>
    /// <param name="state">Not complemented.</param>
    /// <param name="bytes">At least <see cref="Shortest"/>.</param>
    /// <param name="taken">How many were taken.</param>
    public static uint Add(uint state, ReadOnlySpan<byte> bytes, out int taken)
    {
        var words = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        var count = words.Length / Registers * Registers;
        ref var first = ref MemoryMarshal.GetReference(words);
        var a = first ^ Vector512.CreateScalar((ulong)state);
        var (b, c, d) = (Unsafe.Add(ref first, 1), Unsafe.Add(ref first, 2), Unsafe.Add(ref first, 3));
        for (nint i = Registers; i < count; i += Registers)
        {
            a = Fold(a, ByAll) ^ Unsafe.Add(ref first, i);
            b = Fold(b, ByAll) ^ Unsafe.Add(ref first, i + 1);
            c = Fold(c, ByAll) ^ Unsafe.Add(ref first, i + 2);
            d = Fold(d, ByAll) ^ Unsafe.Add(ref first, i + 3);
        }

        taken = count * Register;
        var sum = Fold(a, ByThree) ^ Fold(b, ByTwo) ^ Fold(c, ByOne) ^ d;
        var (low, high) = (sum.GetLower(), sum.GetUpper());

        // Each lane onto the next, and the last through word by word.
        var last = Fold(Fold(Fold(low.GetLower(), ByLane) ^ low.GetUpper(), ByLane) ^ high.GetLower(), ByLane) ^ high.GetUpper();
        return BitOperations.Crc32C(BitOperations.Crc32C(0, last[0]), last[1]);
    }

    internal static Vector512<ulong> Fold(Vector512<ulong> x, Vector512<ulong> by) => Pclmulqdq.V512.IsSupported
        ? Pclmulqdq.V512.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(x, by, 0x11)
        : Vector512.Create(Fold(x.GetLower(), by.GetLower()), Fold(x.GetUpper(), by.GetUpper()));

    internal static Vector256<ulong> Fold(Vector256<ulong> x, Vector256<ulong> by) => Pclmulqdq.V256.IsSupported
        ? Pclmulqdq.V256.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.V256.CarrylessMultiply(x, by, 0x11)
        : Vector256.Create(Fold(x.GetLower(), by.GetLower()), Fold(x.GetUpper(), by.GetUpper()));

    internal static Vector128<ulong> Fold(Vector128<ulong> x, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, by, 0x11);

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
