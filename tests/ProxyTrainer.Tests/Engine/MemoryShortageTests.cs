using Tda.ProxyTrainer.Engine;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public class MemoryShortageTests
{
    /// <summary>LibTorch's own words, of an allocation that no machine can serve.</summary>
    [Fact]
    public void IsCauseOf_AllocationThatLibTorchCantMake_IsSeen()
    {
        var error = Record.Exception(() => empty([1L << 50], ScalarType.Float32));
        Assert.NotNull(error);
        Assert.True(MemoryShortage.IsCauseOf(error), error.Message);
        Assert.True(MemoryShortage.IsCauseOf(new AggregateException(new InvalidOperationException("a shard failed", error))));
    }

    [Fact]
    public void IsCauseOf_AnotherErrorOfLibTorchs_IsNot()
    {
        using var scope = NewDisposeScope();
        var error = Record.Exception(() => ones(2, 3).mm(ones(2, 3)));
        Assert.NotNull(error);
        Assert.False(MemoryShortage.IsCauseOf(error), error.Message);
    }

    /// <summary>What a GPU says: no GPU was here to say it, the words are those of LibTorch 2.10's source.</summary>
    [Fact]
    public void IsCauseOf_WordsOfAGpu_AreSeen() => Assert.True(MemoryShortage.IsCauseOf(new System.Runtime.InteropServices.ExternalException(
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB of which 1.2 GiB is free.")));

    [Fact]
    public void Explain_NamesWhatIsNeededAndWhatToLower()
    {
        var plain = MemoryShortage.Explain(new OutOfMemoryException(), new ComputePlace(CPU, ScalarType.Float32, false), 2048, 3L << 30).Message;
        Assert.Contains("2,048 tokens", plain);
        Assert.Contains("3.0 GiB", plain);
        Assert.All((string[])["--recompute", "--dtype bfloat16", "--context"], option => Assert.Contains(option, plain));
        var frugal = MemoryShortage.Explain(new OutOfMemoryException(), new ComputePlace(CPU, ScalarType.BFloat16, true), 2048, 3L << 30).Message;
        Assert.DoesNotContain("--recompute", frugal);
        Assert.DoesNotContain("bfloat16", frugal);
    }

    [Fact]
    public void Configure_GpuThatIsntThere_SaysHowToGetOne()
    {
        Assert.SkipWhen(cuda.is_available() && cuda.device_count() > 99, "it is there");
        var message = Assert.Throws<UsageException>(() => TensorEngine.Pick("cuda:99")).Message;
        Assert.Contains("cuda:99", message);
        if (!cuda.is_available())
        {
            Assert.Contains("-p:Cuda=true", message);
            Assert.Contains("TDA_LIBTORCH", message);
        }

        Assert.Throws<UsageException>(() => TensorEngine.Pick("mps"));
        Assert.Throws<UsageException>(() => TensorEngine.Pick("gpu"));
    }
}
