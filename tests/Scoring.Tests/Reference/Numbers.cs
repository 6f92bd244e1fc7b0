using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Reference;

internal static class Numbers
{
    public static double[] Of(Tensor t) => t.detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();

    /// <summary>Relative to the largest expected magnitude.</summary>
    public static void Close(double[] expected, double[] actual, double tolerance, string because)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1e-30, expected.Max(Math.Abs));
        var worst = expected.Zip(actual, (e, a) => Math.Abs(e - a) / scale).DefaultIfEmpty(0).Max();
        Assert.True(worst <= tolerance, $"{because}: relative difference {worst:g3} > {tolerance:g3}");
    }

    public static void Close(Tensor expected, Tensor actual, double tolerance, string because) =>
        Close(Of(expected), Of(actual), tolerance, because);
}
