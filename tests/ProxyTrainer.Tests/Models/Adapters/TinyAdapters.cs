using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models.Adapters;

/// <summary>Small models with adapters whose A and B are both far from zero.</summary>
internal static class TinyAdapters
{
    /// <summary>Ranks and scales that differ between layers.</summary>
    public static LoraConfig Config { get; } = new()
    {
        Rank = 3,
        Alpha = 5,
        RankPattern = [new("o_proj|c_proj|dense", 2)],
        AlphaPattern = [new(@"[a-z_]*\.?[a-z]*\.1\..*", 7)],
        BaseModel = "tiny",
    };

    public static LanguageModel Create(
        ModelFamily family, bool variant = false, torch.ScalarType type = torch.ScalarType.Float64, LoraConfig? config = null)
    {
        var model = TinyModels.Create(family, type, variant);
        model.Attach(config ?? Config, seed: 4);
        Disturb(model);
        return model;
    }

    /// <summary>Fresh adapters' B is zero, where much can't be seen.</summary>
    public static void Disturb(LanguageModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        var random = new Random(23);
        double[] noise = [.. Enumerable.Range(0, (int)model.Flat.numel()).Select(_ => 0.5 * (random.NextDouble() - 0.5))];
        model.Flat.add_(torch.tensor(noise).to(model.DType));
    }

    /// <summary>The base of <see cref="Create"/> with W + s·B·A written out in loops.</summary>
    public static LanguageModel Plain(LanguageModel adapted, ModelFamily family, bool variant)
    {
        var plain = TinyModels.Create(family, adapted.DType, variant);
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        foreach (var linear in plain.TrackedLinears)
        {
            var a = adapted.TrackedLinears.SingleOrDefault(one => one.Name == linear.Name + ".lora_A");
            var b = adapted.TrackedLinears.SingleOrDefault(one => one.Name == linear.Name + ".lora_B");
            if (a is null || b is null)
            {
                continue;
            }

            var (numbersA, numbersB, scale) = (TinyModels.Values(a.Weight), TinyModels.Values(b.Weight), adapted.Adapters!.ScaleOf(linear.Name));
            var sum = TinyModels.Values(linear.Weight);
            for (var o = 0; o < linear.Outputs; o++)
            {
                for (var i = 0; i < linear.Inputs; i++)
                {
                    for (var r = 0; r < a.Outputs; r++)
                    {
                        sum[(o * linear.Inputs) + i] += scale * numbersB[(o * a.Outputs) + r] * numbersA[(r * linear.Inputs) + i];
                    }
                }
            }

            linear.Weight.copy_(torch.tensor(sum, linear.Weight.shape));
        }

        return plain;
    }
}
