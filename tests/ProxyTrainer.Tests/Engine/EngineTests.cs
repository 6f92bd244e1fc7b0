using Tda.ProxyTrainer.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public sealed class EngineTests
{
    [Fact]
    public void Inspect_ReportsVersionsAndAPositiveRate()
    {
        var report = TensorEngine.Inspect();

        Assert.Equal("0.107.0", report.TorchSharp);
        Assert.StartsWith("2.10.", report.LibTorch);
        Assert.True(report.ScalarsAreGuarded);
        Assert.True(report.TensorsAreGuarded);
        Assert.True(File.Exists(Path.Combine(report.LibTorchFolder, "libtorch_cpu.so")), report.LibTorchFolder);
        Assert.True(report.Devices[0].GigaflopsPerSecond > 0.1);
        Assert.Equal("cpu", report.Devices[0].Name);
        Assert.True(report.Threads >= 1);
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
