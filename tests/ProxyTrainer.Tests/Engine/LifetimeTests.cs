using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tests.Models;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Tests.Engine;

/// <summary>
/// Who owns a tensor, and for how long: TorchSharp's dispose scopes and their counters belong to a thread, and what no scope holds lives
/// until a finaliser finds it, which is too late for a loop.
/// </summary>
public sealed class LifetimeTests
{
    private readonly TrainingOptions _options = new() { LearningRate = 0.01, Epochs = 1, BatchTokens = 60, Seed = 5, WarmupFraction = 0.2 };

    /// <summary>On one thread: what another one makes and this one ends, as with gradient shards, no counter sees whole.</summary>
    [Fact]
    public void Training_OfMoreSteps_KeepsNoMoreTensors() => Assert.Equal(Kept(_options), Kept(_options with { Epochs = 5 }));

    [Fact]
    public void Scope_OnAWorkerThread_EndsWithWhatWasMadeThere()
    {
        var left = new long[4];
        Parallel.For(0, left.Length, new ParallelOptions { MaxDegreeOfParallelism = left.Length }, i =>
        {
            var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (NewDisposeScope())
            {
                var x = ones(3, requires_grad: true);
                Assert.Equal([2f, 2, 2], Autograd.Grad([x.mul(2).sum()], [x])[0].data<float>().ToArray());
            }

            left[i] = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        });

        Assert.All(left, count => Assert.Equal(0, count));
    }

    [Fact]
    public void GradientModes_OfOneThread_LeaveOthersAlone()
    {
        using var mode = no_grad();
        var elsewhere = false;
        var other = new Thread(() => elsewhere = is_grad_enabled());
        other.Start();
        other.Join();

        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    /// <summary>Tensors alive after training less those before: the model's own are made outside.</summary>
    private static long Kept(TrainingOptions options)
    {
        var examples = Enumerable.Range(0, 12).Select(i => new TrainingExample([.. Enumerable.Range(0, 12).Select(t => (i + t) % 7)], [.. Enumerable.Repeat(1f, 12)])).ToList();
        using var model = TinyModels.Create(ModelFamily.Llama);
        Trainer.Run(model, examples, options); // masks and tables that are made once
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Trainer.Run(model, examples, options);
        return TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
    }
}
