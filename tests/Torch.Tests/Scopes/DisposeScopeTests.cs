using TorchSharp;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Scopes;

public sealed class DisposeScopeTests
{
    [Fact]
    public void Dispose_OfAScope_DisposesOfWhatWasMadeInIt()
    {
        Tensor inner;
        using (NewDisposeScope())
            inner = zeros(2) + 1;

        Assert.True(inner.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => inner.sum());
    }

    [Fact]
    public void MoveToOuter_Survives_UntilTheOuterScopeEnds()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
                kept = ones(2).MoveToOuterDisposeScope();
            Assert.False(kept.IsInvalid);
        }
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void Detach_Survives_UntilDisposedOf()
    {
        Tensor kept;
        using (NewDisposeScope())
        using (NewDisposeScope())
            kept = ones(2).DetachFromDisposeScope();

        Assert.False(kept.IsInvalid);
        kept.Dispose();
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void MoveToOther_ChangesOwner()
    {
        using var outer = NewDisposeScope();
        var anchor = zeros(1);
        using var free = zeros(1).DetachFromDisposeScope();
        using (NewDisposeScope())
            ones(1).MoveToOtherDisposeScope(anchor);

        free.MoveToOtherDisposeScope(outer);

        Assert.Equal(3, outer.DisposablesCount);
        Assert.True(outer.Contains(free));
    }

    [Fact]
    public void DisposeEverythingBut_KeepsOne()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (zeros(1), zeros(1));

        scope.DisposeEverythingBut(b);

        Assert.True(a.IsInvalid);
        Assert.False(b.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Scopes_EndedOutOfOrder_LeaveTheInnerOneCurrent()
    {
        var outer = NewDisposeScope();
        using var inner = NewDisposeScope();
        outer.Dispose();

        using var x = zeros(1);

        Assert.True(inner.Contains(x));
    }

    [Fact]
    public void Statistics_AfterManyOperations_CountNoLeaks()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var created = DisposeScopeManager.Statistics.CreatedInScopeCount;
        using (NewDisposeScope())
        {
            var x = randn(8, 8, requires_grad: true);
            for (var i = 0; i < 10; i++)
                autograd.grad([x.matmul(x).softmax(-1).log().sum()], [x]);
            using (no_grad())
                x[2.., TensorIndex.None, 1].add_(1);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.True(DisposeScopeManager.Statistics.CreatedInScopeCount > created + 50);
    }

    [Fact]
    public void Operators_OnLists_LeakNothing()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            var parts = arange(100).split(2);
            Assert.Equal(50, parts.Length);
            Assert.Equal(98, parts[49][0].item<long>());
            Assert.Equal(4950, cat(parts).sum().item<long>());
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Scopes_OnTwoThreads_DoNotMix()
    {
        using var scope = NewDisposeScope();
        Tensor? made = null;
        var other = new Thread(() => made = zeros(1));
        other.Start();
        other.Join();

        Assert.False(scope.Contains(made!));
        made!.Dispose();
    }

    [Fact]
    public void Tensors_ThatNobodyDisposesOf_AreFreedByFinalizers()
    {
        var before = Tensor.TotalCount;
        Forget(200);
        for (var i = 0; i < 20 && Tensor.TotalCount > before + 100; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.True(Tensor.TotalCount <= before + 100, $"{Tensor.TotalCount - before} of 200 forgotten tensors are still alive");
    }

    [Fact]
    public void Dispose_FromManyThreads_RemovesEachFromItsScope()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 1000).Select(_ => zeros(1)).ToArray();

        Parallel.ForEach(tensors, tensor => tensor.Dispose());

        Assert.Equal(0, scope.DisposablesCount);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget(int count)
    {
        for (var i = 0; i < count; i++)
            _ = zeros(4);
    }
}
