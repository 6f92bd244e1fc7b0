namespace Tda.Curation.Documents;

/// <summary>How a score becomes a weight, before it is clipped.</summary>
public enum WeightShape
{
    /// <summary>w = exp(−score / scale): always positive; halves every .69 scales.</summary>
    Exponential,

    /// <summary>w = 1 − score / scale: 0 from one scale on, as a gradient step on the weights would have it.</summary>
    Linear,
}
