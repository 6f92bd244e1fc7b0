namespace Tda.ProxyTrainer.Models;

internal enum ParameterInit
{
    /// <summary>N(0, σ²) with σ the configuration's initializer range.</summary>
    Normal,

    /// <summary>As <see cref="Normal"/>, σ divided by √(2·layers): the residual stream's variance stays the same at any depth.</summary>
    Residual,

    Zero,

    One,
}
