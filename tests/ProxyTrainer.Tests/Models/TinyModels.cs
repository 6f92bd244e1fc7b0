using Tda.ProxyTrainer.Models;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>Small models of every family, with weights large enough that every part of them matters.</summary>
internal static class TinyModels
{
    /// <param name="family">Family.</param>
    /// <param name="variant">With the options that the first lacks.</param>
    public static ModelConfig Config(ModelFamily family, bool variant = false)
    {
        var plain = new ModelConfig
        {
            Family = family,
            VocabularySize = 23,
            HiddenSize = 16,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = family is ModelFamily.Gpt2 or ModelFamily.GptNeox ? 4 : 2,
            IntermediateSize = 24,
            MaxPositions = 16,
            InitializerRange = 0.4,
            TieEmbeddings = family == ModelFamily.Gpt2 || !variant,
        };
        return family switch
        {
            ModelFamily.Llama => plain with { AttentionBias = variant, MlpBias = variant, RopeScaling = variant ? new(RopeScalingType.Linear, 2) : null },
            ModelFamily.Mistral => plain with { HeadSize = variant ? 6 : 4 },
            ModelFamily.Qwen2 => plain with
            {
                AttentionBias = true,
                AttentionOutputBias = false,
                RopeScaling = variant ? new(RopeScalingType.Dynamic, 4) : null,
            },
            ModelFamily.Qwen3 => plain with
            {
                QueryKeyNorm = true,
                HeadSize = 6,
                RopeTheta = 100,
                RopeScaling = variant ? new(RopeScalingType.Llama3, 8) { OriginalPositions = 20, LowFrequencyFactor = 1, HighFrequencyFactor = 4 } : null,
            },
            ModelFamily.GptNeox => plain with
            {
                AttentionBias = !variant,
                MlpBias = true,
                RotaryShare = .5,
                ParallelResidual = !variant,
                Activation = variant ? Activation.GeluNew : Activation.Gelu,
            },
            _ => plain,
        };
    }

    public static LanguageModel Create(ModelFamily family, torch.ScalarType type = torch.ScalarType.Float64, bool variant = false, long seed = 3)
    {
        var model = LanguageModel.Create(Config(family, variant), seed, dtype: type);
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        // Biases and norms start at 0 and 1, where a forgotten one would not show.
        var random = new Random(17);
        double[] noise = [.. Enumerable.Range(0, (int)model.Flat.numel()).Select(_ => 0.2 * (random.NextDouble() - 0.5))];
        model.Flat.add_(torch.tensor(noise).to(type));
        return model;
    }

    public static int[] Ids(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(23))];
    }

    public static torch.Tensor Tensor(params int[][] rows)
    {
        var time = rows.Max(row => row.Length);
        return torch.tensor([.. rows.SelectMany(row => row.Concat(new int[time - row.Length])).Select(id => (long)id)], [rows.Length, time]);
    }

    public static double[] Values(torch.Tensor tensor) => tensor.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();

    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"at {i}: expected {expected[i]}, got {actual[i]} (scale {scale})");
        }
    }
}
