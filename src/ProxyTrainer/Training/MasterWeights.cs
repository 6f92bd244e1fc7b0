using Tda.ProxyTrainer.Models;

namespace Tda.ProxyTrainer.Training;

/// <summary>
/// The weights that an optimiser changes. A bfloat16 model's have three digits, and most steps change a weight by less than that, so they would be
/// lost: float32 ones are kept beside (Micikevicius et al. 2018, 1710.03740, §3.1), changed, and rounded into the model after every step. Checkpoints hold
/// these, so that a resumed run has them to the bit. Any other model's are its own.
/// </summary>
internal sealed class MasterWeights : IDisposable
{
    private readonly LanguageModel _model;

    /// <param name="model">The model that computes.</param>
    public MasterWeights(LanguageModel model)
    {
        _model = model;
        Model = model.DType == model.WideType ? model : model.Clone(model.WideType);
    }

    /// <summary>The same shape, with the weights to change, to save and to restore; the model itself where it has no others.</summary>
    public LanguageModel Model { get; }

    /// <summary>Rounds them into the model that computes.</summary>
    public void Publish()
    {
        if (!ReferenceEquals(Model, _model))
        {
            using var gradients = no_grad();
            _model.Flat.copy_(Model.Flat);
        }
    }

    public void Dispose()
    {
        if (!ReferenceEquals(Model, _model))
        {
            Model.Dispose();
        }
    }
}
