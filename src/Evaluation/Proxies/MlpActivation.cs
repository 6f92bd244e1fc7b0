namespace Tda.Evaluation.Proxies;

/// <summary>Between the layers of a study's network.</summary>
public enum MlpActivation
{
    /// <summary>tanh.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,
}
