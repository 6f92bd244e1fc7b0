using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

/// <summary>
/// GPT-2's initialisation. The numbers come from our own generator, not LibTorch's: a seed means the same model with
/// every LibTorch, on every device.
/// </summary>
internal static class ParameterInitializer
{
    public static void Initialize(LanguageModel model, long seed)
    {
        var specs = ParameterLayout.Of(model.Config);
        var residual = model.Config.InitializerRange / Math.Sqrt(2.0 * model.Config.Layers);
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        for (var i = 0; i < specs.Count; i++)
        {
            var target = model.Parameters[i].Tensor;
            switch (specs[i].Init)
            {
                case ParameterInit.One:
                    target.fill_(1);
                    break;
                case ParameterInit.Normal or ParameterInit.Residual:
                    var scale = specs[i].Init == ParameterInit.Normal ? model.Config.InitializerRange : residual;
                    // A stream a parameter: adding layers doesn't change the start of the others.
                    var random = new SeededRandom(SeededRandom.Mix(seed, specs[i].Name));
                    target.copy_(tensor(random.Normals(specs[i].Count, scale), specs[i].Shape));
                    break;
            }
        }
    }
}
