using System.Numerics;
using System.Runtime.InteropServices;

namespace Tda.Scoring.Index.Shards;

/// <summary>
/// Inner products of a stored row with one query, decoded in registers: a row is read once from memory and nothing is written, so that
/// the memory's bandwidth is the limit. The order of additions depends on the length alone: the same bits whatever block or shard a row
/// is in.
/// </summary>
internal static class DotProducts
{
    public static float Of(ReadOnlySpan<float> row, ReadOnlySpan<float> query)
    {
        var x = MemoryMarshal.Cast<float, Vector<float>>(row);
        var y = MemoryMarshal.Cast<float, Vector<float>>(query[..row.Length]);
        Vector<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 3 < x.Length; i += 4)
        {
            a = Vector.FusedMultiplyAdd(x[i], y[i], a);
            b = Vector.FusedMultiplyAdd(x[i + 1], y[i + 1], b);
            c = Vector.FusedMultiplyAdd(x[i + 2], y[i + 2], c);
            d = Vector.FusedMultiplyAdd(x[i + 3], y[i + 3], d);
        }
        for (; i < x.Length; i++)
        {
            a = Vector.FusedMultiplyAdd(x[i], y[i], a);
        }

        var sum = Vector.Sum(a + b + (c + d));
        for (i = x.Length * Vector<float>.Count; i < row.Length; i++)
        {
            sum += row[i] * query[i];
        }

        return sum;
    }

    public static float Of(ReadOnlySpan<Half> row, ReadOnlySpan<float> query)
    {
        var x = MemoryMarshal.Cast<Half, Vector<ushort>>(row);
        var y = MemoryMarshal.Cast<float, Vector<float>>(query[..row.Length]);
        Vector<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 1 < x.Length; i += 2)
        {
            Vector.Widen(x[i], out var low, out var high);
            a = Vector.FusedMultiplyAdd(RowCodec.Single(low), y[2 * i], a);
            b = Vector.FusedMultiplyAdd(RowCodec.Single(high), y[(2 * i) + 1], b);
            Vector.Widen(x[i + 1], out low, out high);
            c = Vector.FusedMultiplyAdd(RowCodec.Single(low), y[(2 * i) + 2], c);
            d = Vector.FusedMultiplyAdd(RowCodec.Single(high), y[(2 * i) + 3], d);
        }
        for (; i < x.Length; i++)
        {
            Vector.Widen(x[i], out var low, out var high);
            a = Vector.FusedMultiplyAdd(RowCodec.Single(low), y[2 * i], a);
            b = Vector.FusedMultiplyAdd(RowCodec.Single(high), y[(2 * i) + 1], b);
        }
        var sum = Vector.Sum(a + b + (c + d));
        for (i = x.Length * Vector<ushort>.Count; i < row.Length; i++)
        {
            sum += (float)row[i] * query[i];
        }

        return sum;
    }

    /// <summary>Without the scale, which is the caller's to multiply by.</summary>
    public static float Of(ReadOnlySpan<sbyte> row, ReadOnlySpan<float> query)
    {
        var x = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(row);
        var y = MemoryMarshal.Cast<float, Vector<float>>(query[..row.Length]);
        Vector<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i < x.Length; i++)
        {
            Vector.Widen(x[i], out var low, out var high);
            Vector.Widen(low, out var p, out var q);
            Vector.Widen(high, out var r, out var s);
            a = Vector.FusedMultiplyAdd(Vector.ConvertToSingle(p), y[4 * i], a);
            b = Vector.FusedMultiplyAdd(Vector.ConvertToSingle(q), y[(4 * i) + 1], b);
            c = Vector.FusedMultiplyAdd(Vector.ConvertToSingle(r), y[(4 * i) + 2], c);
            d = Vector.FusedMultiplyAdd(Vector.ConvertToSingle(s), y[(4 * i) + 3], d);
        }
        var sum = Vector.Sum(a + b + (c + d));
        for (i = x.Length * Vector<sbyte>.Count; i < row.Length; i++)
        {
            sum += row[i] * query[i];
        }

        return sum;
    }
}
