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
    /// <param name="scope">The tracked layers.</param>
    public static IReadOnlyList<TrajectoryPoint> Of(
        Surrogate surrogate, int member, IRowSource documents, CaptureOptions? capture = null, LayerScope scope = LayerScope.Blocks)
    {
        var (options, history) = surrogate.Training(member);
        return Of(surrogate.Checkpoints(member), options, history, MeanLabelTokens(documents), capture, scope);
    }

    /// <summary>Any run of the trainer.</summary>
    /// <param name="checkpoints">Oldest first.</param>
    /// <param name="options">How it was trained.</param>
    /// <param name="history">Learning rates of all steps.</param>
    /// <param name="labelTokensPerRow">What η is divided by, above 0.</param>
    /// <param name="capture">Batch size and label seed.</param>
    /// <param name="scope">The tracked layers.</param>
    public static IReadOnlyList<TrajectoryPoint> Of(
        IReadOnlyList<Checkpoint> checkpoints, TrainingOptions options, TrainingHistory history, double labelTokensPerRow,
        CaptureOptions? capture = null, LayerScope scope = LayerScope.Blocks)
    {
        // The blocks' matrices learn at Muon's rate under Muon, head and embedding at AdamW's: a point has one rate. Adam's second moments scale
        // the steps of AdamW alone: Schedule-Free averages over its steps, Shampoo only takes their length, and the others have none.
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
                checkpoint.Step, rates.Average() * scale, rates.Length, momentum, () => muon && scope != LayerScope.Blocks
                    ? throw new UsageException(
                        "Muon trained the surrogate's LM head and embedding at another rate than its blocks: methods of training runs need an index with --track blocks.")
                    : Open(checkpoint, capture, scope),
                !adam ? null : () => SecondMoments(checkpoint, options.Beta2, scope)));
            from = checkpoint.Step;
        }
        return points;
    }

    /// <summary>Label tokens a row, on average.</summary>
    public static double MeanLabelTokens(IRowSource documents) =>
        documents.RowCount == 0 ? 1 : Enumerable.Range(0, documents.RowCount).Average(documents.PositionsOf);

    private static OpenedCapture Open(Checkpoint checkpoint, CaptureOptions? options, LayerScope scope)
    {
        var model = checkpoint.Load();
        return new OpenedCapture(new GradientCapture(new LanguageModelCapture(model, scope), options), model);
    }

    private static ModuleGradients SecondMoments(Checkpoint checkpoint, double beta2, LayerScope scope)
    {
        using var tensors = NewDisposeScope();
        using var model = checkpoint.Load();
        var corrected = checkpoint.SecondMoments(model).div(1 - Math.Pow(beta2, checkpoint.Step));
        return ByModule(model, corrected, scope);
    }

    /// <summary>A flat buffer's share of every tracked layer as one gradient, (1, out, columns): a bias is the last column.</summary>
    internal static ModuleGradients ByModule(LanguageModel model, Tensor flat, LayerScope scope = LayerScope.Blocks)
    {
        using var tensors = NewDisposeScope();
        var parameters = model.Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        var modules = new LanguageModelCapture(model, scope).Modules;
        return new ModuleGradients(modules, [.. modules.Select(m =>
        {
            var weight = Part(LanguageModelCapture.WeightOf(model, m).Name);
            return (m.Bias ? cat([weight, Part(m.Name + ".bias").unsqueeze(1)], 1) : weight.clone()).unsqueeze(0);
        })]);

        Tensor Part(string name) =>
            flat.narrow(0, parameters[name].Offset, parameters[name].Tensor.numel()).view(parameters[name].Tensor.shape);
    }
}
