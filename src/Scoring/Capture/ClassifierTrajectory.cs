using Tda.ProxyTrainer.Classifiers;
using Tda.Scoring.Curvature;
using Tda.Scoring.Methods;
using static TorchSharp.torch;

namespace Tda.Scoring.Capture;

/// <summary>A classifier's checkpoints as methods take them.</summary>
public static class ClassifierTrajectory
{
    /// <summary>The points of a run; checkpoints and features stay the caller's and must outlive them.</summary>
    /// <param name="checkpoints">Oldest first.</param>
    /// <param name="features">(rows, F) in the models' type: documents and queries.</param>
    /// <param name="momentum">β of the run's options.</param>
    /// <param name="capture">How gradients are captured.</param>
    public static IReadOnlyList<TrajectoryPoint> Of(
        IReadOnlyList<ClassifierCheckpoint> checkpoints, Tensor features, double momentum, CaptureOptions? capture = null) =>
        [.. checkpoints.Select(c =>
        {
            var model = new ClassifierCapture(c.Model, features);
            return new TrajectoryPoint(
                c.Step, c.LearningRate, c.Steps, momentum,
                () => new OpenedCapture(new GradientCapture(model, capture), null),
                c.SecondMoments is { } moments ? () => new ModuleGradients(model.Modules, [.. moments.Select(m => m.unsqueeze(0).clone())]) : null);
        })];
}
