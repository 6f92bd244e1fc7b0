using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Scopes;

public sealed class GradModeTests
{
    [Fact]
    public void NoGrad_Nested_PutsThePreviousModeBack()
    {
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            using (enable_grad())
                Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void NoGrad_OnOneThread_LeavesOthersAlone()
    {
        using var entered = new ManualResetEventSlim();
        using var asked = new ManualResetEventSlim();
        var seen = true;
        var other = new Thread(() =>
        {
            using (no_grad())
            {
                entered.Set();
                asked.Wait();
                seen = is_grad_enabled();
            }
        });
        other.Start();
        entered.Wait();

        Assert.True(is_grad_enabled());
        asked.Set();
        other.Join();
        Assert.False(seen);
    }

    [Fact]
    public void NoGrad_EndedOnAnotherThread_IsRefused()
    {
        using var mode = no_grad();
        Exception? error = null;
        var other = new Thread(() => error = Record.Exception(mode.Dispose));
        other.Start();
        other.Join();

        Assert.IsType<InvalidOperationException>(error);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void NoGrad_RecordsNothing()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        using (no_grad())
            Assert.False((x * 2).requires_grad);
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void InferenceMode_MakesTensorsThatAutogradRefuses()
    {
        using var scope = NewDisposeScope();
        var w = ones(2, requires_grad: true);
        Tensor x;
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            x = ones(2);
        }
        Assert.False(is_inference_mode_enabled());
        Assert.Throws<ExternalException>(() => (w * x).sum().backward());
    }
}
