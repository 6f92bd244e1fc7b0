using Tda.ProxyTrainer.Checkpoints;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>The training run of a surrogate as <see cref="TrajectoryPoint"/>s, from the checkpoints that the trainer left.</summary>
public static class SurrogateTrajectory
{
    /// <summary>A member of a distilled surrogate.</summary>
    /// <param name="surrogate">Opened from its directory.</param>
    /// <param name="member">From 0.</param>
    /// <param name="documents">
    /// What was trained on. The trainer's objective is a mean over label tokens, influence is of losses summed over a row; so that ηKσ
    /// is the exponent that training had, η is divided by the documents' mean label tokens a row.
    /// </param>
    /// <param name="capture">Batch size and label seed.</param>
    public static IReadOnlyList<TrajectoryPoint> Of(Surrogate surrogate, int member, IRowSource documents, CaptureOptions? capture = null)
    {
        var (options, history) = surrogate.Training(member);
        return Of(surrogate.Checkpoints(member), options, history, MeanLabelTokens(documents), capture);
    }

    /// <summary>Any run of the trainer.</summary>
    /// <param name="checkpoints">Oldest first.</param>
    /// <param name="options">How it was trained.</param>
    /// <param name="history">Learning rates of all steps.</param>
    /// <param name="labelTokensPerRow">What η is divided by, above 0.</param>
    /// <param name="capture">Batch size and label seed.</param>
    public static IReadOnlyList<TrajectoryPoint> Of(
        IReadOnlyList<Checkpoint> checkpoints, TrainingOptions options, TrainingHistory history, double labelTokensPerRow,
        CaptureOptions? capture = null)
    {
        // The tracked layers are the blocks' matrices: under Muon they learn at Muon's rate. Adam's second moments scale the steps of AdamW
        // alone: Schedule-Free averages over its steps, Shampoo only takes their length, and the others have none.
        var muon = options.Optimizer == OptimizerKind.Muon;
        var adam = options.Optimizer == OptimizerKind.AdamW;
        var scale = (muon ? options.MuonLearningRate / options.LearningRate : 1) / labelTokensPerRow;
        // Without second moments a point's momentum lengthens its rate, which momentum that is a mean doesn't.
        var momentum = adam || !OptimizerDefaults.Of(options.Optimizer).MomentumAverages ? options.Beta1 : 0;
        var points = new List<TrajectoryPoint>();
        var from = 0;
        foreach (var checkpoint in checkpoints)
        {
            var rates = history.LearningRates.Skip(from).Take(checkpoint.Step - from).ToArray();
            if (rates.Length == 0)
            {
                continue;
            }

            points.Add(new TrajectoryPoint(
                checkpoint.Step, rates.Average() * scale, rates.Length, momentum, () => Open(checkpoint, capture),
                !adam ? null : () => SecondMoments(checkpoint, options.Beta2)));
            from = checkpoint.Step;
        }
        return points;
    }

    /// <summary>Label tokens a row, on average.</summary>
    public static double MeanLabelTokens(IRowSource documents) =>
        documents.RowCount == 0 ? 1 : Enumerable.Range(0, documents.RowCount).Average(documents.PositionsOf);

    private static OpenedCapture Open(Checkpoint checkpoint, CaptureOptions? options)
    {
        var model = checkpoint.Load();
        return new OpenedCapture(new GradientCapture(new LanguageModelCapture(model), options), model);
    }

    private static ModuleGradients SecondMoments(Checkpoint checkpoint, double beta2)
    {
        using var scope = NewDisposeScope();
        using var model = checkpoint.Load();
        var corrected = checkpoint.SecondMoments(model).div(1 - Math.Pow(beta2, checkpoint.Step));
        return ByModule(model, corrected);
    }

    /// <summary>A flat buffer's share of every tracked layer as one gradient, (1, out, columns): a bias is the last column.</summary>
    internal static ModuleGradients ByModule(LanguageModel model, Tensor flat)
    {
        using var scope = NewDisposeScope();
        var parameters = model.Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        return new ModuleGradients(new LanguageModelCapture(model).Modules, [.. model.TrackedLinears.Select(l =>
        {
            var weight = Part(l.Name + ".weight");
            return (l.Bias is null ? weight.clone() : cat([weight, Part(l.Name + ".bias").unsqueeze(1)], 1)).unsqueeze(0);
        })]);

        Tensor Part(string name) =>
            flat.narrow(0, parameters[name].Offset, parameters[name].Tensor.numel()).view(parameters[name].Tensor.shape);
    }
}
