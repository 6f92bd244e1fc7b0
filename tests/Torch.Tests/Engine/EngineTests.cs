using Tda.Core.Errors;
using Tda.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Engine;

public sealed class EngineTests
{
    [Fact]
    public void Inspect_ReportsVersionBlasAndAPositiveRate()
    {
        var report = Torch.Engine.Inspect();

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

    [Theory]
    [InlineData("GenuineIntel", true, true, true, "Cooperlake")]
    [InlineData("GenuineIntel", false, true, true, "SkylakeX")]
    [InlineData("GenuineIntel", false, false, true, "Haswell")]
    [InlineData("GenuineIntel", false, false, false, null)]
    [InlineData("AuthenticAMD", true, true, true, null)]
    public void Kernels_ForAProcessor_AreThoseOfItsFeaturesWhereOpenBlasGoesByTheModel(string vendor, bool bfloat16, bool avx512, bool avx2, string? kernels) =>
        Assert.Equal(kernels, BlasKernels.For(vendor, bfloat16, avx512, avx2));

    [Fact]
    public void Inspect_OpenBlasOnAProcessorWithAvx2_DoesNotComputeWithKernelsOfBeforeIt()
    {
        var blas = Torch.Engine.Inspect(measure: false).Blas;
        if (blas.Name != "OpenBLAS" || !System.Runtime.Intrinsics.X86.Avx2.IsSupported) return;
        Assert.NotNull(blas.Kernels);
        Assert.DoesNotContain(blas.Kernels, (string[])["Prescott", "Core2", "Nehalem", "Barcelona"]);
    }

    [Fact]
    public void Configure_SetsThreadsForEveryThread()
    {
        var before = get_num_threads();
        var seen = 0;
        try
        {
            Torch.Engine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
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
        var error = Assert.Throws<UsageException>(() => Torch.Engine.Pick(name));

        Assert.Contains("device", error.Message);
    }

    [Fact]
    public void Pick_Auto_IsTheGpuIfThereIsOne() =>
        Assert.Equal(cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU, Torch.Engine.Pick("auto").type);
}
