using Tda.ProxyTrainer.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class EngineTests
{
    [Fact]
    public void Inspect_ReportsVersionBlasAndAPositiveRate()
    {
        var report = TensorEngine.Inspect();

        Assert.Matches(@"^\d+\.\d+", report.Version);
        Assert.True(report.Devices[0].GigaflopsPerSecond > 0.1);
        Assert.Equal("cpu", report.Devices[0].Name);
        Assert.True(report.Threads >= 1);
        Assert.Equal(report.Blas.IsReference, report.Warnings.Any(w => w.Contains("libopenblas0-openmp", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("/usr/lib/x/blas/libblas.so.3.11.0", "reference BLAS", true)]
    [InlineData("/usr/lib/x/openblas-openmp/libblas.so.3", "OpenBLAS", false)]
    [InlineData("/opt/t/lib/libtorch_cpu.so", "built in", false)]
    [InlineData("/opt/t/lib/libmkl_core.so.2", "MKL", false)]
    public void Classify_OfMappedLibraries_TellsTheReferenceFromTheOthers(string path, string name, bool reference)
    {
        var blas = BlasProbe.Classify([path]);

        Assert.Equal(name, blas.Name);
        Assert.Equal(reference, blas.IsReference);
    }

    [Fact]
    public void Configure_SetsThreadsForEveryThread()
    {
        var before = get_num_threads();
        var seen = 0;
        try
        {
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            var other = new Thread(() => seen = get_num_threads());
            other.Start();
            other.Join();
            Assert.Equal(1, get_num_threads());
            Assert.Equal(1, seen);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Theory]
    [InlineData("tpu")]
    [InlineData("cuda:99")]
    [InlineData("cuda:x")]
    [InlineData("")]
    public void Pick_OfADeviceThatIsNotThere_SaysSo(string name)
    {
        var error = Assert.Throws<UsageException>(() => TensorEngine.Pick(name));

        Assert.Contains("device", error.Message);
    }

    [Fact]
    public void Pick_Auto_IsTheGpuIfThereIsOne() =>
        Assert.Equal(cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU, TensorEngine.Pick("auto").type);
}
