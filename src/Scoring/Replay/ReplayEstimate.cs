using System.Diagnostics;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Planning;

namespace Tda.Scoring.Replay;

/// <summary>Says before a replay what it will need: bytes from shapes, time from two of its steps.</summary>
internal static class ReplayEstimate
{
    private const int ProbedSteps = 2; // the first one is slower than the rest

    // The graph of a gradient that is differentiated again, in graphs of a gradient: measured, docs/methods/trajectories-projections-losses.md. And the
    // optimiser's step with its graph, in flat tensors.
    private const int GraphsHeld = 10;
    private const int StepTensors = 16;

    /// <summary>Jobs of scoring single queries and one set of them; none where the surrogate's training can't be replayed.</summary>
    /// <param name="options">Queries, and whether to measure.</param>
    /// <param name="opened">The surrogate.</param>
    /// <param name="rows">Its corpus.</param>
    /// <param name="disk">What a run's files take.</param>
    public static IEnumerable<JobPlan> Of(PlanOptions options, OpenedSurrogate opened, CorpusRows rows, long disk)
    {
        if (!File.Exists(Path.Combine(opened.RootDirectory, Manifest.FileName)) || opened.Parameters == ModelParameters.Merged
            || Surrogate.Open(opened.RootDirectory, verify: false) is not { IsDistilled: true } surrogate || rows.RowCount == 0)
        {
            yield break;
        }

        var (training, history) = surrogate.Training(opened.Number);
        if (TrainingReplay.Refusal(training, opened.Model.DType) is not null)
        {
            yield break;
        }

        var (steps, replay) = (history.Losses.Count, new ReplayOptions());
        // A model that there is hardly memory for isn't replayed to tell how long that would take.
        var probed = Memory(opened.Model, training, ProbedSteps, (2, 2), replay, rows.LabelTokens);
        var fits = FreeMemory.On(opened.Model.Device) is not { } free || probed <= free / 2;
        var speed = options.ProbeTokens > 0 && fits ? Measure(opened.Model, rows, training) : null;
        foreach (var (name, targets) in ((string, int)[])[($"score replay, {options.Queries} queries", options.Queries), ("score replay, one set of queries", 1)])
        {
            var atOnce = AtOnce(opened.Model, new MethodOptions(), targets);
            var levels = ReplaySchedule.Levels(steps, Branching(opened.Model, steps, replay));
            yield return new(
                name, disk + (targets * (State(opened.Model) + Derivatives(rows.LabelTokens))),
                Memory(opened.Model, training, steps, (targets, atOnce), replay, rows.LabelTokens),
                speed is null ? null : steps * (((targets + atOnce - 1) / atOnce * ((levels * speed.Forward) + speed.Graph)) + (targets * speed.Target)));
        }
    }

    /// <summary>How many of some targets are walked back together.</summary>
    public static int AtOnce(LanguageModel model, MethodOptions options, int targets) =>
        (int)Math.Clamp(options.QueryElements / (3 * model.Flat.numel()), 1, targets);

    /// <summary>Bytes that a replay holds at once.</summary>
    /// <param name="model">The surrogate.</param>
    /// <param name="training">How it was trained.</param>
    /// <param name="steps">In how many steps.</param>
    /// <param name="targets">All, of which gradients and derivatives are held, and those walked back together.</param>
    /// <param name="options">How much may be kept.</param>
    /// <param name="tokens">Label tokens of the corpus.</param>
    public static long Memory(LanguageModel model, TrainingOptions training, int steps, (int All, int AtOnce) targets, ReplayOptions options, long tokens)
    {
        var flat = model.Flat.numel() * model.Flat.element_size();
        var branching = Branching(model, steps, options);
        var kept = ReplaySchedule.Kept(Math.Min(branching, steps), ReplaySchedule.Levels(steps, branching));
        var weights = 2 * model.Config.ParameterCount * model.Flat.element_size(); // trained, and being trained
        return weights + (2 * flat) + (kept * 3 * flat) + (targets.All * (flat + Derivatives(tokens))) + (targets.AtOnce * State(model)) + (StepTensors * flat)
            + (GraphsHeld * MemoryEstimate.Training(model.Config, training.BatchTokens, model.Place).Activations);
    }

    // What a target carries backwards. A group of targets that was walked back keeps it on disk until the run is done.
    private static long State(LanguageModel model) => 3 * model.Flat.numel() * model.Flat.element_size();

    private static long Derivatives(long tokens) => tokens * sizeof(double);

    private static int Branching(LanguageModel model, int steps, ReplayOptions options) =>
        TrainingReplay.Branching(model, steps, options.MemoryBytes);

    // The same batches, forwards and back, with one target and with two.
    private static Speed Measure(LanguageModel trained, CorpusRows rows, TrainingOptions training)
    {
        using var scope = NewDisposeScope();
        using var model = trained.Clone();
        TrainingExample[] examples = [.. Enumerable.Range(0, rows.RowCount).Select(r => rows.Load(r).Example())];
        using var replay = new TrainingReplay(model, examples, training with { MaxSteps = ProbedSteps }, examples.Length);
        var gradient = ones_like(model.Flat);
        var forward = Last(report => replay.Forward(_ => report()));
        var one = Back(1);
        var two = Back(2);
        return new(forward, Math.Max(0, (2 * one) - two), Math.Max(1e-9, two - one));

        double Back(int targets)
        {
            using var adjoint = replay.Start([.. Enumerable.Repeat(gradient, targets)]);
            return Last(report => replay.Backward(adjoint, report));
        }
    }

    // Time of the last of several reports.
    private static double Last(Action<Action> work)
    {
        var (before, last) = (Stopwatch.GetTimestamp(), 0.0);
        work(() => (last, before) = (Stopwatch.GetElapsedTime(before).TotalSeconds, Stopwatch.GetTimestamp()));
        return last;
    }

    /// <summary>Seconds a step: forwards; back, whatever the targets; and for each target.</summary>
    private sealed record Speed(double Forward, double Graph, double Target);
}
