using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Bench.Optimizers;

/// <summary>Trains a workload until its held-out loss reaches a target.</summary>
internal static class Race
{
    /// <param name="work">What to train.</param>
    /// <param name="options">By which optimiser.</param>
    /// <param name="seed">Of weights and order.</param>
    /// <param name="target">Held-out loss to stop at; −∞: trains to the end.</param>
    /// <param name="mostSeconds">Gives up beyond it: a trial slower than its study's best can't change anything.</param>
    public static RaceResult Run(Workload work, TrainingOptions options, long seed, double target, double mostSeconds = double.PositiveInfinity)
    {
        using var run = work.Start(seed);
        using var optimizer = OptimizerFactory.Create(run.Weights, options, work.Batch);
        var schedule = new LearningRateSchedule(options.LearningRate, work.Steps, options.WarmupFraction, options.FinalLearningRateFraction);
        var points = new List<RacePoint>();
        double seconds = 0;
        for (var step = 0; step < work.Steps && seconds <= mostSeconds; step++)
        {
            var before = Environment.CpuUsage.TotalTime;
            using (NewDisposeScope())
            {
                optimizer.Prepare();
                (var loss, var gradient) = run.Gradient(step);
                var norm = FlatGradient.Clip(gradient, options.GradientClip);
                if (!double.IsFinite(loss) || !double.IsFinite(norm))
                {
                    break; // diverged
                }

                optimizer.Step(gradient, schedule.At(step));
            }

            seconds += (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            if ((step + 1) % work.EvaluateEvery == 0)
            {
                points.Add(new RacePoint(step + 1, seconds, run.Evaluate()));
                if (points[^1].Loss <= target)
                {
                    break;
                }
            }
        }

        return new RaceResult(points);
    }
}

/// <summary>How a training went.</summary>
/// <param name="Points">Each look at the held-out loss.</param>
internal sealed record RaceResult(IReadOnlyList<RacePoint> Points)
{
    /// <summary>Where it first was at the target; null: never.</summary>
    public RacePoint? At(double target) => Points.FirstOrDefault(point => point.Loss <= target);

    /// <summary>Its loss at a step, or at the last look before; ∞ if it never got to one.</summary>
    public double LossAt(int step) => Points.LastOrDefault(point => point.Step <= step)?.Loss ?? double.PositiveInfinity;
}

/// <summary>A look at the held-out loss.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Seconds">Processor time of the steps so far, of the whole process, without looks at the held-out loss.</param>
/// <param name="Loss">Nats a label.</param>
internal sealed record RacePoint(int Step, double Seconds, double Loss);
