using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;

namespace Tda.Bench.Verbs;

/// <summary>The models and data that benchmarks share.</summary>
internal static class Shapes
{
    public const int Context = 128;

    /// <summary>The lab's closed model.</summary>
    public static readonly ModelConfig Gpt2 = new() { Family = ModelFamily.Gpt2, VocabularySize = 2048, HiddenSize = 160, Layers = 3, Heads = 4, MaxPositions = Context };

    /// <summary>The surrogate.</summary>
    public static readonly ModelConfig Llama = new() { Family = ModelFamily.Llama, VocabularySize = 1280, HiddenSize = 96, Layers = 3, Heads = 3, MaxPositions = Context };

    public static readonly (string Name, ModelConfig Config)[] All = [("gpt2", Gpt2), ("llama", Llama)];

    /// <summary>Sizes of the surrogate, and of the corpus, over which growth is measured.</summary>
    public static readonly int[] GrowthWidths = [48, 96, 144], GrowthTokens = [8_192, 32_768, 131_072];

    /// <summary>"llama 144": a shape in another width.</summary>
    public static ModelConfig Sized(string shape)
    {
        var parts = shape.Split(' ');
        return All.Single(known => known.Name == parts[0]).Config with { HiddenSize = int.Parse(parts[1], CultureInfo.InvariantCulture) };
    }

    /// <summary>Full rows of the context, every label carrying loss; frequent tokens are frequent, as in text.</summary>
    public static TrainingExample[] Examples(ModelConfig config, int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var tokens = new int[Context + 1];
            for (var i = 0; i < tokens.Length; i++)
            {
                tokens[i] = (int)(Math.Pow(random.NextDouble(), 3) * config.VocabularySize);
            }

            var weights = new float[tokens.Length];
            Array.Fill(weights, 1f);
            return new TrainingExample(tokens, weights);
        })];
    }
}
