using System.Numerics;
using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Drift;

/// <summary>Sums over vectors of doubles, several numbers at a time.</summary>
internal static class Vectors
{
    /// <summary>xᵀy.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        var sums = Vector<double>.Zero;
        for (var i = 0; i < xs.Length; i++)
        {
            sums += xs[i] * ys[i];
        }

        var sum = Vector.Sum(sums);
        for (var i = xs.Length * Vector<double>.Count; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>x ← x + a·y.</summary>
    public static void AddScaled(Span<double> x, ReadOnlySpan<double> y, double a)
    {
        var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        var scale = new Vector<double>(a);
        for (var i = 0; i < xs.Length; i++)
        {
            xs[i] += scale * ys[i];
        }

        for (var i = xs.Length * Vector<double>.Count; i < x.Length; i++)
        {
            x[i] += a * y[i];
        }
    }
}
