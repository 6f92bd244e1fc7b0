using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Evaluation.Proxies;

/// <summary>
/// One network of a <see cref="StackedMlp"/> as scoring sees it: a row is [place in the features, class], one position, and the
/// classes are the vocabulary.
/// </summary>
internal sealed class StackedMember : ICaptureModel, IDisposable
{
    private readonly Tensor[] _parameters;
    private readonly MlpActivation _activation;
    private readonly Tensor _features;

    /// <summary>Takes ownership of the parameters; features stay the caller's.</summary>
    public StackedMember(Tensor[] parameters, MlpActivation activation, Tensor features)
    {
        (_parameters, _activation, _features) = (parameters, activation, features);
        var weights = parameters.Where((_, i) => i % 2 == 0);
        Modules = [.. weights.Select((w, i) => new ModuleShape($"layers.{i}", (int)w.shape[0], (int)w.shape[1], true))];
    }

    public IReadOnlyList<ModuleShape> Modules { get; }

    public int VocabularySize => Modules[^1].Outputs;

    public int MaxPositions => 1;

    public ScalarType DType => ScalarType.Float32;

    public Device Device => CPU;

    public ForwardCapture Forward(Tensor ids, bool secondOrder = false)
    {
        var x = _features.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], 1, -1);
        var (taps, inputs) = (new List<Tensor>(), new List<Tensor>());
        for (var layer = 0; layer < Modules.Count; layer++)
        {
            if (layer > 0)
            {
                x = StackedMlp.Activate(x, _activation);
            }

            var tap = zeros([ids.shape[0], 1, Modules[layer].Outputs]).requires_grad_(true);
            taps.Add(tap);
            inputs.Add(x);
            x = x.matmul(_parameters[2 * layer]).add(_parameters[2 * layer + 1]).add(tap);
        }
        return new ForwardCapture(x, taps, inputs);
    }

    public void Dispose()
    {
        foreach (var parameter in _parameters)
        {
            parameter.Dispose();
        }
    }
}
