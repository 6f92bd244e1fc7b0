using Tda.ProxyTrainer.Engine;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

public class HostViewTests
{
    [Fact]
    public void Of_PinnedMemory_IsMultipliedAsACopyIs()
    {
        using var scope = NewDisposeScope();
        var numbers = GC.AllocateArray<float>(12, pinned: true);
        for (var i = 0; i < 12; i++)
        {
            numbers[i] = i - 5;
        }

        var right = arange(8, dtype: ScalarType.Float32).reshape(4, 2);
        var view = HostView.Of(numbers, 3, 4);
        Assert.Equal([3L, 4L], view.shape);
        Assert.Equal(tensor(numbers, [3, 4]).matmul(right).data<float>().ToArray(), view.matmul(right).data<float>().ToArray());
    }

    [Fact]
    public void Of_AnotherShape_IsRefused() => Assert.Throws<ArgumentException>(() => HostView.Of(new float[12], 3, 5));
}
