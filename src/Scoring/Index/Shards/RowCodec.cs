using System.Numerics;
using System.Runtime.InteropServices;

namespace Tda.Scoring.Index.Shards;

/// <summary>float32 to float16 and int8, and back by vector instructions.</summary>
internal static class RowCodec
{
    /// <summary>2¹¹²: half's exponent bias against single's.</summary>
    private const float HalfScale = 5.192296858534828e33f;

    /// <summary>
    /// Eight (or so) halves in the low bits of integers to single precision: magnitude bits shifted into place and scaled by a power of
    /// two, which is exact and right for subnormal halves too. Not for infinities, which no shard holds.
    /// </summary>
    public static Vector<float> Single(Vector<uint> half)
    {
        var magnitude = Vector.AsVectorSingle(Vector.ShiftLeft(half & new Vector<uint>(0x7fff), 13)) * new Vector<float>(HalfScale);
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(magnitude) | Vector.ShiftLeft(half & new Vector<uint>(0x8000), 16));
    }

    /// <summary>Halves to singles.</summary>
    public static void Decode(ReadOnlySpan<Half> from, Span<float> to)
    {
        var vectors = MemoryMarshal.Cast<Half, Vector<ushort>>(from);
        var results = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (var i = 0; i < vectors.Length; i++)
        {
            Vector.Widen(vectors[i], out var low, out var high);
            results[2 * i] = Single(low);
            results[(2 * i) + 1] = Single(high);
        }
        for (var i = vectors.Length * Vector<ushort>.Count; i < from.Length; i++)
        {
            to[i] = (float)from[i];
        }
    }

    /// <summary>Signed bytes times a scale.</summary>
    public static void Decode(ReadOnlySpan<sbyte> from, float scale, Span<float> to)
    {
        var vectors = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(from);
        var results = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (var i = 0; i < vectors.Length; i++)
        {
            Vector.Widen(vectors[i], out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            results[4 * i] = Vector.ConvertToSingle(a) * scale;
            results[(4 * i) + 1] = Vector.ConvertToSingle(b) * scale;
            results[(4 * i) + 2] = Vector.ConvertToSingle(c) * scale;
            results[(4 * i) + 3] = Vector.ConvertToSingle(d) * scale;
        }
        for (var i = vectors.Length * Vector<sbyte>.Count; i < from.Length; i++)
        {
            to[i] = from[i] * scale;
        }
    }

    /// <summary>Rounds to halves.</summary>
    public static void Encode(ReadOnlySpan<float> from, Span<Half> to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = (Half)from[i];
        }
    }

    /// <summary>Rounds to steps of max|x|/127, and returns the step; 0 where all are 0.</summary>
    public static float Encode(ReadOnlySpan<float> from, Span<sbyte> to)
    {
        var largest = 0f;
        foreach (var x in from)
        {
            largest = Math.Max(largest, Math.Abs(x));
        }

        var scale = largest / sbyte.MaxValue;
        // A scale too small to divide by: the numbers are below what single precision tells from zero.
        if (!float.IsNormal(scale))
        {
            to.Clear();
            return 0;
        }
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = (sbyte)MathF.Round(from[i] / scale);
        }

        return scale;
    }
}
