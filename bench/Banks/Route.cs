using Tda.ProxyTrainer.Distillation;

namespace Tda.Bench.Banks;

/// <summary>A way to a surrogate of the closed model.</summary>
/// <param name="Scenario">S1 to S5.</param>
/// <param name="Name">Of the surrogate, and in the table.</param>
/// <param name="Meaning">In words.</param>
/// <param name="WithLog">Whether it learns the log's answers beside the corpus.</param>
/// <param name="Options">How it is trained.</param>
internal sealed record Route(string Scenario, string Name, string Meaning, bool WithLog, DistillOptions Options)
{
    private static DistillOptions Other { get; } = TextBankRecipe.DistillationOf(TextBankRecipe.OtherShape);

    private static DistillOptions Own { get; } = TextBankRecipe.DistillationOf(TextBankRecipe.OwnShape);

    /// <summary>
    /// All of them. Those of S3 and S4 change one thing at a time of the recipe's: the closed model's architecture is not known, so any
    /// may be tried.
    /// </summary>
    public static IReadOnlyList<Route> All { get; } =
    [
        new("S2", "s2", "same architecture, corpus alone", false, Own),
        new("S5", "s5", "same architecture, one pass over the corpus", false, Passes(Own, 1)),
        new("S4", "s4x10", "llama of width 48, 3 layers, corpus alone; 10 models", false, Other with { Ensemble = 10 }),
        new("S4", "s4-passes-3", "the same, 3 passes instead of 8", false, Passes(Other, 3)),
        new("S4", "s4-passes-16", "the same, 16 passes", false, Passes(Other, 16)),
        new("S4", "s4-rate", "the same, a quarter of the learning rates", false,
            Other with { Training = Other.Training with { LearningRate = Other.Training.LearningRate / 4, MuonLearningRate = Other.Training.MuonLearningRate / 4 } }),
        new("S4", "s4-wide", "llama of width 96, 3 layers", false, Other with { Model = Other.Model with { HiddenSize = 96, IntermediateSize = 256 } }),
        new("S4", "s4-flat", "llama of width 64, 2 layers", false, Other with { Model = Other.Model with { HiddenSize = 64, Layers = 2, Heads = 4, IntermediateSize = 176 } }),
        new("S4", "s4-gpt2", "gpt2 of width 48, 3 layers", false, Own with { Model = Own.Model with { HiddenSize = 48, Layers = 3, Heads = 3 }, VocabularySize = 1024 }),
        new("S3", "s3x10", "llama of width 48, 3 layers, corpus and log; 10 models", true, Other with { Ensemble = 10 }),
    ];

    private static DistillOptions Passes(DistillOptions options, int epochs) => options with { Training = options.Training with { Epochs = epochs } };
}
