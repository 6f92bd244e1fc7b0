namespace Tda.Gateway.Operations;

/// <summary>Upper bounds of the histograms' buckets.</summary>
internal static class Buckets
{
    /// <summary>The gateway's own time: 50 µs to 1 s.</summary>
    public static readonly double[] Overhead =
        [50e-6, 100e-6, 200e-6, 300e-6, 500e-6, 750e-6, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 10e-3, 20e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1];

    /// <summary>A disk's time for one sync.</summary>
    public static readonly double[] Disk = [50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 1, 5];

    /// <summary>Records of a batch.</summary>
    public static readonly double[] Batch = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    /// <summary>A model's time, as the GenAI conventions advise.</summary>
    public static readonly double[] Model = [.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    /// <summary>Tokens, as the GenAI conventions advise.</summary>
    public static readonly double[] Tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
}
