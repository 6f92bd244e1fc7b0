using Tda.ProxyTrainer.Models;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>Small models of both families, with weights large enough that every part of them matters.</summary>
internal static class TinyModels
{
    public static ModelConfig Config(ModelFamily family, bool variant = false) => new()
    {
        Family = family,
        VocabularySize = 23,
        HiddenSize = 16,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = family == ModelFamily.Llama ? 2 : 4,
        IntermediateSize = 24,
        MaxPositions = 16,
        InitializerRange = 0.4,
        TieEmbeddings = family == ModelFamily.Gpt2 || !variant,
        AttentionBias = family == ModelFamily.Llama && variant,
        MlpBias = family == ModelFamily.Llama && variant,
    };

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
