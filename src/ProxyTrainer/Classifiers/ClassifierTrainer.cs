using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Classifiers;

/// <summary>
/// Trains K classifiers at once, each on its own subset of the same examples: 1. fresh weights; 2. per step one batch of examples for
/// all, of which each model weighs its own by <c>N / (kept·B)</c> and the others by 0, so that the expected gradient is that of its
/// subset's mean loss; 3. checkpoints on the way. What becomes of a model depends on its subset, its seed and the seed of the order,
/// not on the models trained beside it.
/// </summary>
public static class ClassifierTrainer
{
    /// <summary>Trains on features (N, F) with labels (N), int64, 0 to C − 1; the rest is as for examples.</summary>
    public static ClassifierRun Run(
        ClassifierShape shape, Tensor features, Tensor labels, IReadOnlyList<bool[]> kept, IReadOnlyList<long> seeds, long orderSeed,
        ClassifierOptions options, bool keepCheckpoints = false, IProgressSink? progress = null, CancellationToken cancellation = default)
    {
        shape.Validate();
        using var scope = NewDisposeScope();
        var examples = ClassifierExamples.Labelled(features, labels, shape.Classes);
        return Run(shape, examples, kept, seeds, orderSeed, options, keepCheckpoints, progress, cancellation);
    }

    /// <summary>Trains on labels, or on answers of another model.</summary>
    /// <param name="shape">Their layers.</param>
    /// <param name="examples">N of them.</param>
    /// <param name="kept">Per model, which examples are its own, [K][N].</param>
    /// <param name="seeds">Per model, the seed of its weights.</param>
    /// <param name="orderSeed">Orders the examples, the same for all models; without effect on full batches.</param>
    /// <param name="options">How.</param>
    /// <param name="keepCheckpoints">Whether checkpoints are kept, in memory.</param>
    /// <param name="progress">Steps and epochs.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="UsageException">Options or examples out of range, or a model without examples.</exception>
    /// <exception cref="DivergenceException">A model's weights are no longer numbers.</exception>
    public static ClassifierRun Run(
        ClassifierShape shape, ClassifierExamples examples, IReadOnlyList<bool[]> kept, IReadOnlyList<long> seeds, long orderSeed,
        ClassifierOptions options, bool keepCheckpoints = false, IProgressSink? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        shape.Validate();
        examples.Validate(shape);
        var n = (int)examples.Features.shape[0];
        if (kept.Count != seeds.Count || kept.Any(k => k.Length != n))
        {
            throw new ArgumentException($"There must be {seeds.Count} subsets, one a seed, of {n} examples each.", nameof(kept));
        }

        if (kept.Any(k => !k.Contains(true)))
        {
            throw new UsageException("A classifier has no examples: its subset is empty.");
        }

        // 1.
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var stack = ClassifierStack.Create(shape, seeds, options.DType);
        using var optimizer = new StackOptimizer(stack, options);
        var weights = RowWeights(kept, n, options.DType);
        var (x, y) = (examples.Features.to_type(options.DType), examples.Targets.to_type(options.DType));
        var batch = options.BatchSize == 0 ? n : Math.Min(n, options.BatchSize);
        var (perEpoch, sinceStep, sinceRate) = ((n + batch - 1) / batch, 0, 0.0);
        var steps = perEpoch * options.Epochs;
        var schedule = new LearningRateSchedule(options.LearningRate, steps, 0, options.FinalLearningRateFraction);
        List<ClassifierCheckpoint>[] checkpoints = [.. kept.Select(_ => new List<ClassifierCheckpoint>())];
        using var task = (progress ?? NullProgress.Instance).Start($"training {kept.Count} classifiers", steps, "steps");
        try
        {
            // Untrained models are their own, only checkpoint.
            if (steps == 0 && keepCheckpoints)
            {
                Keep(0, options.LearningRate);
            }

            for (var step = 0; step < steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();

                // 2.
                using var inner = NewDisposeScope();
                var rate = schedule.At(step);
                if (batch == n)
                {
                    optimizer.Step(stack.Gradients(x, y, weights.div(n)), rate);
                }
                else
                {
                    var rows = Order(orderSeed, step / perEpoch, n).AsSpan(step % perEpoch * batch, Math.Min(batch, n - step % perEpoch * batch)).ToArray();
                    var index = tensor(rows, dtype: ScalarType.Int64);
                    optimizer.Step(
                        stack.Gradients(x.index_select(0, index), y.index_select(0, index), weights.index_select(1, index).div_(rows.Length)), rate);
                }
                (sinceStep, sinceRate) = (sinceStep + 1, sinceRate + rate);

                // 3.
                if (step + 1 == steps || (step + 1) % perEpoch == 0)
                {
                    Report(step, rate);
                }

                if (keepCheckpoints && IsCheckpoint(step + 1, steps, options.Checkpoints))
                {
                    Keep(step + 1, sinceRate / sinceStep);
                    (sinceStep, sinceRate) = (0, 0);
                }
            }
        }
        catch
        {
            new ClassifierRun(stack, checkpoints).Dispose();
            throw;
        }
        return new ClassifierRun(stack, checkpoints);

        void Keep(int step, double rate)
        {
            for (var k = 0; k < stack.Count; k++)
            {
                checkpoints[k].Add(new(step, sinceStep, rate, stack.Model(k), optimizer.SecondMoments(k)));
            }
        }

        void Report(int step, double rate)
        {
            var sum = stack.Weights.Concat(stack.Biases).Sum(t => t.abs().sum().to_type(ScalarType.Float64).item<double>());
            if (!double.IsFinite(sum))
            {
                throw new DivergenceException(step, double.NaN, sum, rate);
            }

            task.Report(step + 1, string.Create(CultureInfo.InvariantCulture, $"epoch {(step + 1) / perEpoch}"));
        }
    }

    /// <summary>N / kept where an example is a model's own, else 0: (K, N).</summary>
    private static Tensor RowWeights(IReadOnlyList<bool[]> kept, int n, ScalarType dtype)
    {
        var weights = kept.SelectMany(own =>
        {
            var weight = n / (double)own.Count(isOwn => isOwn);
            return own.Select(isOwn => isOwn ? weight : 0);
        });
        return tensor(weights.ToArray(), [kept.Count, n], dtype: ScalarType.Float64).to_type(dtype);
    }

    private static long[] Order(long seed, int epoch, int n)
    {
        long[] order = [.. Enumerable.Range(0, n).Select(i => (long)i)];
        SplitMix64.Of(seed, $"epoch {epoch}").Shuffle<long>(order);
        return order;
    }

    private static bool IsCheckpoint(int done, int steps, int checkpoints) =>
        (long)done * checkpoints / steps > (long)(done - 1) * checkpoints / steps;
}

/// <summary>What a training left. Owns its tensors.</summary>
/// <param name="Stack">The K trained models.</param>
/// <param name="Checkpoints">Per model, oldest first, the last being the trained model; empty unless asked for.</param>
public sealed record ClassifierRun(ClassifierStack Stack, IReadOnlyList<IReadOnlyList<ClassifierCheckpoint>> Checkpoints) : IDisposable
{
    public void Dispose()
    {
        Stack.Dispose();
        foreach (var checkpoint in Checkpoints.SelectMany(c => c))
        {
            checkpoint.Dispose();
        }
    }
}

/// <summary>A classifier on the way, for methods that unroll training. Owns its tensors.</summary>
/// <param name="Step">Optimiser steps taken until then.</param>
/// <param name="Steps">Of these, since the checkpoint before.</param>
/// <param name="LearningRate">Mean η of those; of an untrained model, the rate that it would start with.</param>
/// <param name="Model">The weights.</param>
/// <param name="SecondMoments">AdamW's bias-corrected v̂, per layer (out, in + 1), the bias last; null with SGD and if untrained.</param>
public sealed record ClassifierCheckpoint(
    int Step, int Steps, double LearningRate, Classifier Model, IReadOnlyList<Tensor>? SecondMoments) : IDisposable
{
    public void Dispose()
    {
        Model.Dispose();
        foreach (var t in SecondMoments ?? [])
        {
            t.Dispose();
        }
    }
}
