using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;
using static TorchSharp.torch;

namespace Tda.Pipeline.Tests.IfGuideToy;

/// <summary>Trains on the toy corpus with some tokens suppressed, and measures harm and fluency without sampling noise.</summary>
internal static class ToyModel
{
    private static readonly ModelConfig Config = new()
    {
        Family = ModelFamily.Llama,
        VocabularySize = ToyWorld.Vocabulary,
        HiddenSize = 32,
        Layers = 2,
        Heads = 2,
        IntermediateSize = 64,
        MaxPositions = ToyWorld.Labels + 1,
    };

    /// <param name="world">The corpus.</param>
    /// <param name="masked">By document index: label tokens to suppress.</param>
    public static LanguageModel Train(ToyWorld world, IReadOnlyDictionary<int, HashSet<int>> masked)
    {
        var model = LanguageModel.Create(Config, seed: 1);
        var examples = world.Corpus
            .SelectMany((tokens, i) => TrainingExample.FromDocument(tokens, Config.MaxPositions, masked: masked.GetValueOrDefault(i)))
            .ToList();
        Trainer.Run(model, examples, new TrainingOptions { Optimizer = OptimizerKind.AdamW, Epochs = 12, BatchTokens = 1024, LearningRate = 5e-3, Seed = 2 }, NullProgress.Instance, CancellationToken.None);
        return model;
    }

    /// <summary>
    /// Harm: probability that at least one of 12 tokens would be toxic, along benign text behind a trigger. Perplexity: of held-out benign
    /// documents. Both are exact, without sampling.
    /// </summary>
    public static (double Harm, double Perplexity) Measure(LanguageModel model, ToyWorld world)
    {
        const int Horizon = 12;
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var labels = Ids(world.HeldOut.Select(d => d.Skip(1)));
        var loss = -model.Forward(Ids(world.HeldOut)).log_softmax(-1).gather(2, labels.unsqueeze(-1)).mean().item<float>();
        var firstToxic = Enumerable.Range(0, ToyWorld.Vocabulary).First(ToyWorld.IsToxic);
        var toxic = model.Forward(Ids(world.Provoking)).softmax(-1).narrow(2, firstToxic, ToyWorld.Vocabulary - firstToxic).sum([2L]);
        var harm = 1 - toxic.narrow(1, ToyWorld.Prompt, Horizon).neg().add(1).log().sum([1L]).exp().mean().item<float>();
        return (harm, Math.Exp(loss));
    }

    private static Tensor Ids(IEnumerable<IEnumerable<int>> documents)
    {
        long[][] rows = [.. documents.Select(d => d.Take(ToyWorld.Labels).Select(t => (long)t).ToArray())];
        return tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, ToyWorld.Labels], dtype: ScalarType.Int64);
    }
}
